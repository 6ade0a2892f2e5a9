let second = Number.NaN
let text = ''

/** The current time as an IMF-fixdate (RFC 9110 section 5.6.7), made once a second. */
export function httpDate(now: number): string {
  const current = Math.floor(now / 1000)
  if (current !== second) {
    second = current
    text = formatHttpDate(now)
  }
  return text
}

/** Dates made last, by time: a site has few files that are asked for often. */
const made = new Map<number, string>()
const MADE_LIMIT = 512

/** Any time in milliseconds as an IMF-fixdate. */
export function formatHttpDate(milliseconds: number): string {
  let date = made.get(milliseconds)
  if (date === undefined) {
    if (made.size === MADE_LIMIT) made.clear()
    date = new Date(milliseconds).toUTCString()
    made.set(milliseconds, date)
  }
  return date
}

const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec'
/** The three forms of RFC 9110 section 5.6.7: IMF-fixdate, RFC 850, asctime. */
const IMF = /^(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat), (\d\d) (\w{3}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT$/
const RFC850 = /^[A-Z][a-z]{5,8}, (\d\d)-(\w{3})-(\d\d) (\d\d):(\d\d):(\d\d) GMT$/
const ASCTIME = /^[A-Z][a-z]{2} (\w{3}) ([ \d]\d) (\d\d):(\d\d):(\d\d) (\d{4})$/

/** Milliseconds since the epoch of a date in any form of RFC 9110; undefined for anything else. */
export function parseHttpDate(text: string): number | undefined {
  const imf = IMF.exec(text)
  if (imf) return dateOf(Number(imf[3]), imf[2], imf[1], imf[4], imf[5], imf[6])
  const old = RFC850.exec(text)
  if (old) {
    const year = Number(old[3])
    return dateOf(year < 70 ? 2000 + year : 1900 + year, old[2], old[1], old[4], old[5], old[6])
  }
  const asc = ASCTIME.exec(text)
  return asc ? dateOf(Number(asc[6]), asc[1], asc[2], asc[3], asc[4], asc[5]) : undefined
}

function dateOf(
  year: number,
  name: string | undefined,
  ...rest: readonly (string | undefined)[]
): number | undefined {
  const month = MONTHS.indexOf(name ?? '-') / 3
  const [day = 0, hour = 0, minute = 0, second = 0] = rest.map(Number)
  if (!Number.isInteger(month) || month < 0 || hour > 23 || minute > 59 || second > 59)
    return undefined
  const time = Date.UTC(year, month, day, hour, minute, second)
  // Date.UTC takes the 31st of February for the 3rd of March.
  return new Date(time).getUTCDate() === day ? time : undefined
}
