const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** The local time as access logs have it, `28/Sep/2026:12:00:00 +0200`; made once a second. */
export const logTime = onceASecond((time) => {
  const month = MONTHS[time.getMonth()]
  return `${two(time.getDate())}/${month}/${time.getFullYear()}:${clockOf(time)} ${zoneOf(time, '')}`
})

/** The local time in ISO 8601, `2026-09-28T12:00:00+02:00`; made once a second. */
export const isoTime = onceASecond((time) => {
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`
  return `${day}T${clockOf(time)}${zoneOf(time, ':')}`
})

function onceASecond(make: (time: Date) => string): (now: number) => string {
  let second = -1
  let text = ''
  return (now) => {
    const current = Math.floor(now / 1000)
    if (current !== second) {
      second = current
      text = make(new Date(now))
    }
    return text
  }
}

function clockOf(time: Date): string {
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`
}

function zoneOf(time: Date, separator: string): string {
  const minutes = -time.getTimezoneOffset()
  const size = Math.abs(minutes)
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}${separator}${two(size % 60)}`
}

function two(number: number): string {
  return number < 10 ? `0${number}` : `${number}`
}
