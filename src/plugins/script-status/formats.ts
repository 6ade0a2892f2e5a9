import type { SharedZone } from 'gateway/plugin'

/** A way to tell what a zone holds. */
export interface Format {
  readonly name: string
  readonly type: string
  print(entries: readonly (readonly [key: string, value: string])[]): string
}

/** What `script_status` shows, and how. */
export interface Status {
  readonly zone: SharedZone
  readonly format: Format
}

/** What a script has done, of all workers. */
interface Row {
  readonly tenant: string
  readonly script: string
  readonly runs: number
  readonly fuel: number
  readonly memory: number
  readonly failures: Readonly<Record<string, number>>
}

/** The formats of `script_status`. */
export const FORMATS: readonly Format[] = [
  {
    name: 'json',
    type: 'application/json',
    print: (entries) => `${JSON.stringify({ scripts: rowsOf(entries) }, undefined, 2)}\n`,
  },
  {
    name: 'prometheus',
    type: 'text/plain; version=0.0.4',
    print: (entries) => METRICS.map((metric) => metricText(metric, rowsOf(entries))).join(''),
  },
]

interface Metric {
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly help: string
  /** Further labels, and the value with them. */
  values(row: Row): readonly (readonly [labels: string, value: number])[]
}

const METRICS: readonly Metric[] = [
  {
    name: 'gateway_script_runs_total',
    type: 'counter',
    help: 'Runs of hooks.',
    values: ({ runs }) => [['', runs]],
  },
  {
    name: 'gateway_script_failures_total',
    type: 'counter',
    help: 'Failures by code, as Gateway-Error has it.',
    values: ({ failures }) => {
      return Object.entries(failures).map(([code, count]) => [`,code="${code}"`, count])
    },
  },
  {
    name: 'gateway_script_fuel_total',
    type: 'counter',
    help: 'Fuel that was burnt.',
    values: ({ fuel }) => [['', fuel]],
  },
  {
    name: 'gateway_script_memory_bytes',
    type: 'gauge',
    help: 'The most memory a run had.',
    values: ({ memory }) => [['', memory]],
  },
]

function metricText({ help, name, type, values }: Metric, rows: readonly Row[]): string {
  const lines = rows.flatMap((row) => {
    const own = `script="${label(row.script)}",tenant="${label(row.tenant)}"`
    return values(row).map(([more, value]) => `${name}{${own}${more}} ${value}\n`)
  })
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`
}

function label(text: string): string {
  return text.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')
}

/** By tenant and file: a key holds both. */
function rowsOf(entries: readonly (readonly [string, string])[]): Row[] {
  const rows = entries.map(([key, value]) => {
    const space = key.indexOf(' ')
    const counts = JSON.parse(value) as Omit<Row, 'tenant' | 'script'>
    return { tenant: key.slice(0, space), script: key.slice(space + 1), ...counts }
  })
  return rows.sort((a, b) => order(a.tenant, b.tenant) || order(a.script, b.script))
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
