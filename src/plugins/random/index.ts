import { definePlugin, directive } from 'gateway/plugin'
import { byChance, byTwoChances } from './by-chance.ts'

/** Chooses by chance, which needs no knowledge of what other gateways and workers choose. */
export default definePlugin({
  name: 'random',
  doc: 'Chooses the peer by chance.',
  transient: true,
  directives: {
    random: directive<'one' | 'two' | undefined>({
      in: ['upstream'],
      default: undefined,
      doc: 'Chooses a peer by chance, each as often as its weight says. With two, picks two and asks the one with fewer requests under way, relative to its weight; least_conn names this way to compare them, which is the only one. Each worker counts the requests it has under way itself.',
      usage: '[on | off | two [least_conn]]',
      min: 0,
      max: 2,
      words: ['on', 'off', 'two', 'least_conn'],
      read: (entry) => {
        const [choice = 'on', method] = entry.args
        if (!['on', 'off', 'two'].includes(choice)) {
          return entry.fail(`invalid parameter "${choice}"`, 'write on, off or two [least_conn]')
        }
        if (method !== undefined && (choice !== 'two' || method !== 'least_conn')) {
          return entry.fail(`invalid parameter "${method}"`, 'write on, off or two [least_conn]')
        }
        if (choice === 'off') return undefined
        return choice === 'two' ? 'two' : 'one'
      },
    }),
  },
  balancer: (peers, { random }) => {
    if (!random) return (x, tried) => peers.next(x, tried)
    return random === 'two' ? byTwoChances(peers) : byChance(peers)
  },
})
