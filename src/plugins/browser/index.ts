import { definePlugin, directive, type Exchange, text } from 'gateway/plugin'
import { isModern, type Modern, withModern } from './agents.ts'

const scopes = ['http', 'server', 'location'] as const

/** What `modern_browser` says. */
interface ModernBrowsers {
  readonly versions: Modern | undefined
  /** Those that no line names are modern. */
  readonly unlisted: boolean
}

/** What `ancient_browser` says. */
interface AncientBrowsers {
  readonly words: readonly string[]
  readonly netscape4: boolean
}

interface Config {
  readonly modern_browser: ModernBrowsers
  readonly ancient_browser: AncientBrowsers
  readonly modern_browser_value: string
  readonly ancient_browser_value: string
}

const NO_MODERN: ModernBrowsers = { versions: undefined, unlisted: false }
const NO_ANCIENT: AncientBrowsers = { words: [], netscape4: false }

/** Tells modern browsers from ancient ones. */
export default definePlugin({
  name: 'browser',
  doc: 'Tells by User-Agent whether a browser is modern or ancient.',
  transient: true,
  directives: {
    modern_browser: directive<ModernBrowsers>({
      in: scopes,
      default: NO_MODERN,
      doc: 'From which version on a browser (opera, msie, gecko, safari or konqueror) is modern; with unlisted, so is one that no line names.',
      usage: 'browser version | unlisted',
      min: 1,
      max: 2,
      repeat: true,
      read: (entry, before = NO_MODERN) => {
        if (entry.args.length > 1) {
          return { ...before, versions: withModern(entry, before.versions) }
        }
        if (entry.args[0] !== 'unlisted') entry.fail(`invalid parameter "${entry.args[0]}"`)
        return { ...before, unlisted: true }
      },
    }),
    ancient_browser: directive<AncientBrowsers>({
      in: scopes,
      default: NO_ANCIENT,
      doc: 'Texts that stand in the User-Agent of ancient browsers; netscape4 is short for Mozilla/1 to Mozilla/4.',
      usage: 'string ...',
      min: 1,
      max: 256,
      repeat: true,
      read: (entry, before = NO_ANCIENT) => {
        const words = entry.args.filter((word) => word !== 'netscape4')
        const netscape4 = before.netscape4 || words.length < entry.args.length
        return { words: [...before.words, ...words], netscape4 }
      },
    }),
    modern_browser_value: text({
      in: scopes,
      default: '1',
      doc: 'The value of $modern_browser for a modern one.',
    }),
    ancient_browser_value: text({
      in: scopes,
      default: '1',
      doc: 'The value of $ancient_browser for an ancient one.',
    }),
  },
  variables: {
    modern_browser: {
      doc: 'What `modern_browser_value` says, for a modern browser; else empty.',
      get: (x) => {
        const config = configOf(x)
        return kindOf(x, config) === 'modern' ? config.modern_browser_value : ''
      },
    },
    ancient_browser: {
      doc: 'What `ancient_browser_value` says, for an ancient browser; else empty.',
      get: (x) => {
        const config = configOf(x)
        return kindOf(x, config) === 'ancient' ? config.ancient_browser_value : ''
      },
    },
    msie: {
      doc: '1 where the browser says to be MSIE of any version, else empty.',
      get: (x) => (isMsie(x.headers.get('user-agent') ?? '') ? '1' : ''),
    },
  },
})

const UNSET: Config = {
  modern_browser: NO_MODERN,
  ancient_browser: NO_ANCIENT,
  modern_browser_value: '1',
  ancient_browser_value: '1',
}

function configOf(x: Exchange): Config {
  return (x.location.configs.get('browser') as Config | undefined) ?? UNSET
}

function kindOf(x: Exchange, { modern_browser, ancient_browser }: Config): 'modern' | 'ancient' {
  const { versions, unlisted } = modern_browser
  const otherwise = unlisted ? 'modern' : 'ancient'
  const agent = x.headers.get('user-agent')
  if (agent === undefined) return otherwise
  if (versions) {
    const modern = isModern(agent, versions)
    if (modern !== undefined) return modern ? 'modern' : 'ancient'
    if (!unlisted) return 'ancient'
  }
  if (ancient_browser.netscape4 && isNetscape4(agent)) return 'ancient'
  return ancient_browser.words.some((word) => agent.includes(word)) ? 'ancient' : otherwise
}

function isNetscape4(agent: string): boolean {
  return agent.length > 'Mozilla/4.72 '.length && /^Mozilla\/[1-4]/.test(agent)
}

/** As nginx sees it: an Opera that calls itself MSIE is none. */
function isMsie(agent: string): boolean {
  const at = agent.indexOf('MSIE ')
  return at >= 0 && at + 'MSIE 6'.length < agent.length && !agent.includes('Opera')
}
