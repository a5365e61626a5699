/** English words: the inbox. */
import type { Same } from '../same'
import type { inbox as chinese } from '../zh/inbox'

export const inbox: Same<typeof chinese> = {
  queue: {
    to_dispatch: 'To dispatch',
    to_sign: 'To sign',
    to_contact: 'To contact',
    handling: 'Handling',
    to_revisit: 'Revisit',
    closed: 'Closed',
    mine: 'Mine',
    in_hand: 'In hand',
    all: 'All',
  },
  inbox: {
    title: 'Inbox',
    list: 'Inbox list',
    queues: 'By progress',
    place: '{at} of {of}',
    see: 'See {queue}: {count}',
    arrived: '{count} new, {queue}: {total}',
    danger: 'New 2-hour order: {title}',
    none: {
      to_dispatch: 'Nothing left to dispatch',
      to_sign: 'Nothing left to sign',
      to_contact: 'Nobody left to contact',
      handling: 'Nothing in handling',
      to_revisit: 'Nothing awaits a revisit',
      closed: 'Nothing closed yet',
      mine: 'Nothing of yours in hand',
      in_hand: 'Nothing in hand',
      all: 'No cases yet',
    },
    none_note: 'The next one will appear here; a 2-hour order makes a sound.',
    none_narrowed: 'None meets these conditions',
    none_narrowed_note: 'Take one condition away and look again.',
    none_chosen: 'Choose one to see it',
    forbidden: 'Your post does not see cases',
    forbidden_note: 'Dispatchers, handling units, community secretaries and grid members do. Switch post, or ask an administrator for a grant.',
  },
  row: { alike: '{count} alike', redo: 'redo no. {times}', unread: ', unread' },
  list: { more: 'Show more ({shown} of {total})', shown: '{shown} of {total} shown', next: 'Show 50 more' },
}
