import type { Audit } from '../../packages/audit/audit.ts'
import type { Description } from '../../packages/manifest/description.ts'
import type { Manifest } from '../../packages/manifest/manifest.ts'
import { permissionLines } from '../../packages/manifest/permissions.ts'
import type { Provenance } from '../../packages/provenance/provenance.ts'
import type { Locked } from '../../packages/store/lock.ts'
import { printable } from './printable.ts'

/** Rows under a head, in columns as wide as they have to be; empty where there are no rows. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return ''
  const all = [head, ...rows.map((row) => row.map(printable))]
  const widths = head.map((_, i) => Math.max(...all.map((row) => row[i]?.length ?? 0)))
  return all
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** What `gateway plugin list` prints. */
export function listText(plugins: readonly (readonly [string, Locked])[]): string {
  const rows = plugins.map(([name, { version, plugin, permissions, source }]) => {
    return [name, version, plugin, Object.keys(permissions).join(',') || '-', source]
  })
  return table(['PACKAGE', 'VERSION', 'PLUGIN', 'PERMISSIONS', 'SOURCE'], rows)
}

/** What `gateway plugin audit` prints. */
export function auditText({ findings, packages }: Audit): string {
  const found = findings.flatMap(({ about, fault, kind, mend, plugin, severity, version }) => [
    `${severity.padEnd(8)}  ${plugin}@${version}  ${printable(`${kind}: ${about} ${fault}`)}`,
    `          ${printable(mend)}`,
  ])
  const count = `${counted(findings, 'finding')} in ${counted(packages, 'package')}`
  return [...found, count].join('\n')
}

function counted({ length }: readonly unknown[], word: string): string {
  return `${length} ${word}${length === 1 ? '' : 's'}`
}

/** An installed plugin, and what it says of itself. */
export interface Told {
  readonly name: string
  readonly locked: Locked
  readonly manifest: Manifest
  readonly description: Description
  /** Relative to where one is. */
  readonly home: string
}

/** What `gateway plugin info` prints. */
export function infoText({ name, locked, manifest, description, home }: Told): string {
  const { plugin, engine, isolation, resolved, provenance, bundle, permissions, order } = locked
  const rules = Object.entries(order).map(([point, each]) => `${point}: ${each.join(', ')}`)
  const granted = permissionLines(permissions)
  const facts = [
    ['plugin', plugin],
    ['gateway', engine],
    ['isolation', isolation],
    ['from', resolved],
    ...(provenance ? [['signed', provenanceText(provenance)]] : []),
    ['files', home],
    ['bundle', bundle],
    ...(rules.length > 0 ? [['order', rules.join('; ')]] : []),
  ].map(([key = '', value = '']) => `  ${key.padEnd(10)} ${printable(value)}`)
  return [
    `${name} ${locked.version}`,
    ...text(manifest.description ?? description.doc),
    ...facts,
    '',
    'May:',
    ...(granted.length > 0 ? granted : ['nothing but look at requests and answer them']).map(
      (each) => `  ${each}`,
    ),
    ...directives(description),
    ...variables(description),
  ].join('\n')
}

/** Who has built something, of what. */
export function provenanceText({ commit, issuer, repository, signer }: Provenance): string {
  const of =
    repository === undefined
      ? ''
      : ` of ${repository}${commit === undefined ? '' : ` at ${commit}`}`
  return printable(`built${of} by ${signer} (identified by ${issuer})`)
}

function text(line: string): string[] {
  return line === '' ? [] : [printable(line), '']
}

function directives(description: Description): string[] {
  const all = Object.entries(description.directives)
  if (all.length === 0) return []
  return [
    '',
    'Directives:',
    ...all.flatMap(([name, { usage, scopes, doc }]) => [
      `  ${name} ${printable(usage)}`.trimEnd(),
      `      ${printable(doc)}`,
      `      in: ${scopes.join(', ')}`,
    ]),
  ]
}

function variables(description: Description): string[] {
  const all = Object.entries(description.variables)
  if (all.length === 0) return []
  return ['', 'Variables:', ...all.map(([name, doc]) => `  $${name}  ${printable(doc)}`)]
}
