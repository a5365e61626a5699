/** English words: the names of what the server calls by a code. */
import type { Same } from '../same'
import type { vocabulary as chinese } from '../zh/vocabulary'

export const vocabulary: Same<typeof chinese> = {
  state: {
    awaiting_dispatch: 'To dispatch',
    awaiting_signature: 'To sign',
    awaiting_contact: 'To contact',
    handling: 'Handling',
    awaiting_revisit: 'Awaiting revisit',
    closed: 'Closed',
    redo: 'Redo',
  },
  urgency: {
    tag: { danger: '2 h', urgent: '24 h', normal: '7 d', complex: '15 d' },
    name: { danger: '2-hour class', urgent: '24-hour class', normal: '7-day class', complex: '15-day class' },
  },
  kind: {
    request: 'Request',
    complaint: 'Complaint',
    report: 'Report',
    suggestion: 'Suggestion',
    consultation: 'Question',
    praise: 'Praise',
  },
  channel: { hotline: '12345 hotline', phone: 'Desk phone', spreadsheet: 'Spreadsheet' },
  clock_state: { attention: 'Needs attention', overdue: 'Overdue', due_soon: 'Due soon', running: 'In time', none: 'No clock' },
  period: { today: 'Today', week: 'Last 7 days', month: 'Last 30 days' },
  outcome: {
    fixed_on_the_spot: 'fixed on the spot',
    made_safe: 'made safe',
    fixed: 'fixed',
    dated_plan: 'dated plan',
    handed_over: 'handed over',
    lawfully_cannot: 'lawfully cannot',
    not_found: 'not found on site',
    withdrawn: 'withdrawn by caller',
  },
  contact_way: { phone: 'by phone', visit: 'in person', message: 'by message' },
  revisit_by: { city: 'City', street: 'Street' },
  resolved: { yes: 'resolved', partly: 'partly resolved', no: 'not resolved', unanswered: 'no answer' },
  satisfied: { yes: 'satisfied', mostly: 'mostly satisfied', fair: 'so-so', no: 'not satisfied' },
  hidden: { caller_name: 'the caller\'s name', caller_phone: 'the caller\'s number', text: 'the original text' },
  actor: { upstream: 'City hotline', rule: 'Rule', model: 'Model', clock: 'Clock', simulator: 'Simulator', person: '' },
  category: { none: 'Uncategorised' },
}
