/** The server's shapes by the names the application uses; all come from the OpenAPI file (`pnpm types`). */
import type { components, operations } from './schema'

type Schemas = components['schemas']

export type { paths } from './schema'

export type Role = Schemas['Role']
export type CaseState = Schemas['State']
export type Urgency = Schemas['Urgency']
export type RequestKind = Schemas['RequestKind']
export type Channel = Schemas['Origin']
export type Outcome = Schemas['Outcome']

export type Named = Schemas['Named']
export type Location = Schemas['LonLat']
export type Clock = Schemas['ClockOut']
export type ClockState = Schemas['ClockState']
export type CaseRow = Schemas['CaseRow']
export type CasePage = Schemas['CaseList']
export type CaseDetail = Schemas['CaseDetail']
export type AlikeCase = Schemas['AlikeRow']
export type Timeline = Schemas['Timeline']
export type TimelineEntry = Schemas['TimelineEntry']
export type Proposal = Schemas['ProposalOut']
export type Reason = Schemas['ReasonOut']
export type UndoOffer = Schemas['UndoOut']
export type Evidence = Schemas['EvidenceOut']
export type Revisit = Schemas['RevisitOut']
export type Unit = Schemas['UnitOut']
export type Category = Schemas['CategoryOut']
export type Post = Schemas['PostOut']
export type DemoAccount = Schemas['DemoAccount']
export type Rates = Schemas['RatesOut']
export type RateRow = Schemas['RateRow']
export type RateOrders = Schemas['RateOrders']
export type SheetImport = Schemas['ImportOut']
export type ImportTrial = Schemas['TrialOut']
export type DispatchBody = Schemas['DispatchIn']
export type ContactBody = Schemas['ContactIn']
export type ProgressBody = Schemas['ProgressIn']
export type ReplyBody = Schemas['ReplyIn']
export type CloseBody = Schemas['CloseIn']
export type ComplaintBody = Schemas['ComplaintIn']
export type ConflictBody = Schemas['ConflictIn']
export type PostHeld = Schemas['PostHeld']

export type CaseQuery = NonNullable<operations['shanzhi_casework_api_cases']['parameters']['query']>
export type Queue = NonNullable<CaseQuery['queue']>
export type Sort = NonNullable<CaseQuery['sort']>
/** The acts a case's `acts` may name. */
export type Act = 'dispatch' | 'sign' | 'contact' | 'progress' | 'reply' | 'close'

/** What a case's `statements` may name: who is not to see it. */
export type Statement = 'complaint' | 'conflict'

/** The realm's clock: a screen counts `now + rate × elapsed`. */
export type Me = Schemas['Me']

export interface AreaProperties {
  id: string
  level: string
  code: string | null
  name: string
  short: string
  parent_id: string | null
  schematic: boolean
}
export type Areas = GeoJSON.FeatureCollection<GeoJSON.Polygon | GeoJSON.MultiPolygon, AreaProperties>
export type MapBase = GeoJSON.FeatureCollection<GeoJSON.Geometry, { kind: string; name: string; form?: string }>

/** RFC 9457, with a stable `code` and both languages. */
export interface ProblemBody {
  type?: string
  title: string
  title_en?: string
  status: number
  code: string
  would_need?: { code: string; zh: string; en: string } | null
  errors?: { field: string; code: string; message: string; message_en?: string }[]
}
