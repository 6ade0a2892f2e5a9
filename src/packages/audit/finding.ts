/** How bad a finding is, the mildest first; npm's words. */
export const SEVERITIES = ['info', 'low', 'moderate', 'high', 'critical'] as const
export type Severity = (typeof SEVERITIES)[number]

/** From here on an audit fails. */
export const FAILS: Severity = 'moderate'

/** Something an audit has to say of an installed plugin. */
export interface Finding {
  /** The package's name. */
  readonly plugin: string
  readonly version: string
  readonly kind: 'advisory' | 'licence' | 'permission' | 'files' | 'api' | 'provenance'
  readonly severity: Severity
  /** Which file, package or permission. */
  readonly about: string
  /** What is wrong, as a fragment. */
  readonly fault: string
  readonly mend: string
}

/** What a finding says beside whose it is. */
export type Fault = Omit<Finding, 'plugin' | 'version'>

/** Whether an audit that found this fails. */
export function isFailure({ severity }: Finding): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(FAILS)
}

/** The worst first, then by plugin. */
export function sorted(findings: readonly Finding[]): Finding[] {
  const rank = ({ severity }: Finding) => -SEVERITIES.indexOf(severity)
  return [...findings].sort((a, b) => {
    return rank(a) - rank(b) || (a.plugin < b.plugin ? -1 : a.plugin > b.plugin ? 1 : 0)
  })
}
