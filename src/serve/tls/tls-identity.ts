import type { Mark } from '../../kernel/directive/mark.ts'

/** Who a server is, among others. */
export interface TlsIdentity {
  /** What it is called: its first name. */
  readonly title: string
  /** Where it stands, which no other one of the configuration does. */
  readonly place: string
  readonly mark: Mark
  /** Says what is not as it is written. */
  warn(text: string): void
}
