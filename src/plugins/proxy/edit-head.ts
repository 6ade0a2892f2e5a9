import { constant, type Exchange, type Head } from 'gateway/plugin'
import { type CookieRules, rewriteCookies } from './cookie-rules.ts'
import type { ProxyPass } from './proxy-pass.ts'
import { redirected } from './proxy-redirect.ts'
import type { ValueRule } from './value-rule.ts'

/** The rules that `proxy_redirect default` stands for. */
export function defaultRedirects(pass: ProxyPass, location: string | undefined): ValueRule[] {
  if (pass.kind === 'template' || location === undefined) return []
  const from = pass.to.uri === undefined ? pass.url + location : pass.url
  return [{ from: constant(from), to: constant(location) }]
}

/** Makes the function that changes the head of responses; undefined when nothing is to be done. */
export function editHead(
  rules: readonly ValueRule[],
  cookies: CookieRules,
): ((x: Exchange, head: Head) => void) | undefined {
  const { domains, paths, flags } = cookies
  const plainCookies = domains.length + paths.length + flags.length === 0
  if (rules.length === 0) {
    return plainCookies ? undefined : (x, head) => rewriteCookies(x, head, cookies)
  }
  return (x, head) => {
    if (!plainCookies) rewriteCookies(x, head, cookies)
    const location = head.fields.get('location')
    if (location !== undefined) {
      const changed = redirected(x, rules, location)
      if (changed !== undefined) head.fields.set('Location', absolute(x, changed))
    }
    const refresh = head.fields.get('refresh')
    if (refresh !== undefined) editRefresh(x, head, refresh, rules)
  }
}

function editRefresh(x: Exchange, head: Head, refresh: string, rules: readonly ValueRule[]): void {
  const at = refresh.toLowerCase().indexOf('url=')
  if (at < 0) return
  const start = at + 'url='.length
  const changed = redirected(x, rules, refresh.slice(start))
  if (changed !== undefined) head.fields.set('Refresh', refresh.slice(0, start) + changed)
}

/** As in nginx, a changed Location that is a path is completed as `absolute_redirect` says. */
function absolute(x: Exchange, url: string): string {
  return url.startsWith('/') ? x.absolute(url) : url
}
