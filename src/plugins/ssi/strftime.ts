/** A time in parts, in one time zone. */
interface Parts {
  readonly year: number
  /** From 0. */
  readonly month: number
  readonly day: number
  /** From Sunday, 0. */
  readonly weekday: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  /** Of the year, from 0. */
  readonly yearDay: number
  /** Minutes east of Greenwich. */
  readonly offset: number
  readonly zone: string
  /** Milliseconds since the epoch. */
  readonly time: number
}

/** The time zone that a time is told in. */
export type Zone = 'local' | 'gmt'

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const MONTHS =
  'January February March April May June July August September October November December'.split(' ')
const DAY = 86_400_000

/** A time in a format of strftime(3), as in the C locale; what is no conversion stays as it is. */
export function strftime(format: string, time: number, zone: Zone): string {
  const parts = partsOf(time, zone)
  return format.replace(/%[EO_^0#-]?(.)/gs, (all, letter: string) => {
    const convert = CONVERSIONS[letter]
    return convert ? convert(parts) : all
  })
}

const CONVERSIONS: Readonly<Record<string, (parts: Parts) => string>> = {
  a: ({ weekday }) => DAYS[weekday]?.slice(0, 3) ?? '',
  A: ({ weekday }) => DAYS[weekday] ?? '',
  b: ({ month }) => MONTHS[month]?.slice(0, 3) ?? '',
  B: ({ month }) => MONTHS[month] ?? '',
  c: (parts) => written(parts, 'a b e T Y', ' '),
  C: ({ year }) => two(Math.floor(year / 100)),
  d: ({ day }) => two(day),
  D: (parts) => written(parts, 'm d y', '/'),
  e: ({ day }) => blank(day),
  F: (parts) => written(parts, 'Y m d', '-'),
  g: (parts) => two(isoWeek(parts).year % 100),
  G: (parts) => String(isoWeek(parts).year),
  h: ({ month }) => MONTHS[month]?.slice(0, 3) ?? '',
  H: ({ hour }) => two(hour),
  I: ({ hour }) => two(hour % 12 || 12),
  j: ({ yearDay }) => String(yearDay + 1).padStart(3, '0'),
  k: ({ hour }) => blank(hour),
  l: ({ hour }) => blank(hour % 12 || 12),
  m: ({ month }) => two(month + 1),
  M: ({ minute }) => two(minute),
  n: () => '\n',
  p: ({ hour }) => (hour < 12 ? 'AM' : 'PM'),
  P: ({ hour }) => (hour < 12 ? 'am' : 'pm'),
  r: (parts) => `${written(parts, 'I M S', ':')} ${written(parts, 'p', '')}`,
  R: (parts) => written(parts, 'H M', ':'),
  s: ({ time }) => String(Math.floor(time / 1000)),
  S: ({ second }) => two(second),
  t: () => '\t',
  T: (parts) => written(parts, 'H M S', ':'),
  u: ({ weekday }) => String(weekday || 7),
  U: ({ yearDay, weekday }) => two(Math.floor((yearDay + 7 - weekday) / 7)),
  V: (parts) => two(isoWeek(parts).week),
  w: ({ weekday }) => String(weekday),
  W: ({ yearDay, weekday }) => two(Math.floor((yearDay + 7 - ((weekday + 6) % 7)) / 7)),
  x: (parts) => written(parts, 'm d y', '/'),
  X: (parts) => written(parts, 'H M S', ':'),
  y: ({ year }) => two(year % 100),
  Y: ({ year }) => String(year),
  z: ({ offset }) => {
    const size = Math.abs(offset)
    return `${offset < 0 ? '-' : '+'}${two(Math.floor(size / 60))}${two(size % 60)}`
  },
  Z: ({ zone }) => zone,
  '%': () => '%',
}

function written(parts: Parts, letters: string, between: string): string {
  return letters
    .split(' ')
    .map((letter) => CONVERSIONS[letter]?.(parts))
    .join(between)
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

function blank(value: number): string {
  return String(value).padStart(2, ' ')
}

function partsOf(time: number, zone: Zone): Parts {
  const date = new Date(time)
  const offset = zone === 'gmt' ? 0 : -date.getTimezoneOffset()
  const shifted = new Date(time + offset * 60_000)
  const year = shifted.getUTCFullYear()
  return {
    year,
    month: shifted.getUTCMonth(),
    day: shifted.getUTCDate(),
    weekday: shifted.getUTCDay(),
    hour: shifted.getUTCHours(),
    minute: shifted.getUTCMinutes(),
    second: shifted.getUTCSeconds(),
    yearDay: Math.floor((shifted.getTime() - Date.UTC(year, 0, 1)) / DAY),
    offset,
    zone: zone === 'gmt' ? 'GMT' : localZone(date),
    time,
  }
}

function localZone(date: Date): string {
  const parts = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' }).formatToParts(date)
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? ''
}

/** The week of ISO 8601, and the year it belongs to: that of its Thursday. */
function isoWeek({ year, yearDay, weekday }: Parts): {
  readonly year: number
  readonly week: number
} {
  const thursday = new Date(Date.UTC(year, 0, 1) + (yearDay + 3 - ((weekday + 6) % 7)) * DAY)
  const ofYear = thursday.getUTCFullYear()
  const week = Math.floor((thursday.getTime() - Date.UTC(ofYear, 0, 1)) / DAY / 7) + 1
  return { year: ofYear, week }
}
