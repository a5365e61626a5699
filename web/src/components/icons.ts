/** Line drawings on a 24 × 24 field, as look/ draws them. */
export const ICONS = {
  inbox: '<path d="M4 13l2.5-8h11L20 13v6H4z"/><path d="M4 13h4.500l1.500 2.500h4l1.500-2.500H20"/>',
  list: '<path d="M8.500 6.500H20M8.500 12H20M8.500 17.500H20M4 6.500h.5M4 12h.5M4 17.500h.5"/>',
  chart: '<path d="M4 20h16M7 16v-5M12 16V6M17 16v-8"/>',
  wall: '<rect x="3" y="5" width="18" height="12" rx="1.500"/><path d="M9 20.500h6M8 13.500v-2.500M12 13.500V8.500M16 13.500v-3.500"/>',
  map: '<path d="M3.500 6.500l5.500-2 6 2 5.500-2v13l-5.500 2-6-2-5.500 2z"/><path d="M9 4.500v13M15 6.500v13"/>',
  search: '<circle cx="11" cy="11" r="6.500"/><path d="M16 16l4.500 4.500"/>',
  down: '<path d="M6 9.500l6 6 6-6"/>',
  back: '<path d="M14.500 6l-6 6 6 6"/>',
  forward: '<path d="M4 12h15M13.500 6.500L19 12l-5.500 5.500"/>',
  close: '<path d="M6 6l12 12M18 6L6 18"/>',
  plus: '<path d="M12 5v14M5 12h14"/>',
  minus: '<path d="M5 12h14"/>',
  check: '<path d="M5 12.500l4.500 4.500L19 7.500"/>',
  user: '<circle cx="12" cy="8.500" r="3.800"/><path d="M4.500 20c1-4 4-6 7.500-6s6.500 2 7.500 6"/>',
  phone: '<path d="M6 3.500h3l1.500 4.500-2 1.500a12 12 0 006 6l1.500-2 4.500 1.500v3a2 2 0 01-2 2A15.500 15.500 0 014 5.500a2 2 0 012-2z"/>',
  alert: '<path d="M12 4l9 16H3z"/><path d="M12 10v4.500M12 17v.3"/>',
  shield: '<path d="M12 3.500l7.500 2.500v5.500c0 4.500-3 7.500-7.500 9-4.500-1.500-7.500-4.500-7.500-9V6z"/>',
  clock: '<circle cx="12" cy="12" r="8.500"/><path d="M12 7v5l3.500 2"/>',
  offline: '<path d="M7 17.500a4.200 4.200 0 01.3-8.300A5.500 5.500 0 0112 5.500c2.800 0 5 1.800 5.600 4.300a4 4 0 01.9 7.700M4 4l16 16"/>',
  pin: '<path d="M12 21s-6.500-6-6.500-11a6.500 6.500 0 0113 0c0 5-6.500 11-6.500 11z"/><circle cx="12" cy="10" r="2.300"/>',
  eye: '<path d="M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12z"/><circle cx="12" cy="12" r="2.800"/>',
  undo: '<path d="M9 3L4 8l5 5"/><path d="M4 8h10a6 6 0 010 12H9"/>',
  download: '<path d="M12 4v11M7 10.500l5 5 5-5M4.500 20h15"/>',
  columns: '<rect x="3.500" y="5" width="17" height="14" rx="1.500"/><path d="M9.200 5v14M14.800 5v14"/>',
} as const

export type IconName = keyof typeof ICONS
