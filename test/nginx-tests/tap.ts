/** What one file of the suite came to; its two tests of the error log are among the planned. */
export interface Outcome {
  readonly planned: number
  readonly passed: number
  /** `number name` of each subtest that failed. */
  readonly failed: readonly string[]
  /** Why the whole file was left out. */
  readonly skipped: string | undefined
}

/** Reads what a test printed in the Test Anything Protocol. */
export function readTap(text: string): Outcome {
  const failed: string[] = []
  let planned = 0
  let passed = 0
  let skipped: string | undefined
  for (const line of text.split('\n')) {
    const plan = /^1\.\.(\d+)(?:\s*#\s*skip\s*(.*))?/i.exec(line)
    const result = /^(not )?ok (\d+)(?: - )?(.*)$/.exec(line)
    if (plan) {
      planned = Number(plan[1])
      if (plan[2] !== undefined) skipped = plan[2] || 'no reason told'
    } else if (result) {
      const [, not, number, name = ''] = result
      // What is expected to fail, or was left out, counts for neither side.
      if (/# (TODO|skip)/i.test(name)) planned--
      else if (not) failed.push(`${number} ${name.trim()}`)
      else passed++
    }
  }
  return { planned, passed, failed, skipped }
}
