/** What a test says of lines it expects in the error log. */
export type Expected = RegExp | string

const SERIOUS = /\[(error|crit|alert|emerg)\]/

/** The lines at level error and above that nobody expected. */
export function unexpectedLines(log: string, expected: readonly Expected[]): string[] {
  return log
    .split('\n')
    .filter((line) => SERIOUS.test(line))
    .filter((line) => !expected.some((each) => matches(line, each)))
}

function matches(line: string, expected: Expected): boolean {
  return typeof expected === 'string' ? line.includes(expected) : expected.test(line)
}
