import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { onCleanup } from '../harness/cleanup.ts'
import { runCommand } from '../harness/command.ts'
import { until } from '../harness/wait.ts'
import { Workspace } from '../harness/workspace.ts'

/** What is typed, and the last word once the shell has completed it. */
const TYPED: readonly (readonly [typed: string, last: string])[] = [
  ['gateway exp', 'explain'],
  ['gateway -s rel', 'reload'],
  ['gateway --he', '--help'],
  ['gateway -c si', 'site.yaml'],
  ['gateway -c site.yaml fm', 'fmt'],
  ['gateway explain DEL', 'DELETE'],
  ['gateway explain GET / --js', '--json'],
  ['gateway explain GET / -c si', 'site.yaml'],
  ['gateway completion zs', 'zsh'],
  ['gateway fmt --ch', '--check'],
  ['gateway fmt a.yaml si', 'site.yaml'],
  // A folder, with the slash that zsh takes away when the line is run.
  ['gateway serve pub', 'public'],
  ['gateway init si', 'site.yaml'],
  ['gateway script be', 'bench'],
  ['gateway script run si', 'site.yaml'],
  ['gateway script run a.ts --met', '--method'],
  ['gateway plugin ins', 'install'],
  ['gateway plugin install --dry', '--dry-run'],
  ['gateway plugin install si', 'site.yaml'],
  ['gateway plugin create x --kind bal', 'balancer'],
]

const PATIENCE = 60_000

/** A shell may not be installed; `.ci/run` does so. */
function has(shell: string): boolean {
  return spawnSync(shell, ['-c', 'exit 0']).status === 0
}

async function folder(shell: string): Promise<Workspace> {
  const workspace = new Workspace('completion')
  onCleanup(() => workspace.remove())
  const { code, stdout, stderr } = await runCommand(['completion', shell])
  expect([code, stderr]).toEqual([0, ''])
  workspace.write('complete', stdout)
  for (const name of ['site.yaml', 'public.txt', 'public/index.html']) workspace.write(name, '')
  return workspace
}

/** Starts it on a terminal of its own, with `gateway` a function that writes down its words. */
async function onTerminal(command: string, setUp: string, dir: string) {
  const child = spawn('script', ['-qfec', command, '/dev/null'], {
    cwd: dir,
    env: { PATH: process.env.PATH, HOME: dir, TERM: 'dumb', HISTFILE: '/dev/null' },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exited = new Promise((resolve) => child.once('exit', resolve))
  onCleanup(async () => {
    child.kill('SIGKILL')
    await exited
  })
  let shown = ''
  child.stdout.on('data', (text) => {
    shown += text
  })
  const noting = `gateway() { printf '%s\\n' "$@" > noted; mv noted "words-$((++count))"; }`
  child.stdin.write(`${setUp}; ${noting}; source ./complete; : > ready\r`)
  await until(`${command}: ${shown}`, () => existsSync(`${dir}/ready`), PATIENCE)
  return async (typed: string, count: number): Promise<string> => {
    child.stdin.write(`${typed}\t\r`)
    const file = `${dir}/words-${count}`
    await until(`"${typed}" to be run: ${shown}`, () => existsSync(file), PATIENCE)
    return readFileSync(file, 'utf8')
  }
}

test.each([
  ['bash', 'bash --norc --noprofile -i', ':'],
  ['zsh', 'zsh -f -i', 'autoload -Uz compinit; compinit -u -D'],
])('%s completes', { timeout: PATIENCE }, async (shell, command, setUp) => {
  if (!has(shell)) return console.warn(`${shell} is not installed: skipped`)
  const { dir } = await folder(shell)
  const type = await onTerminal(command, setUp, dir)
  for (const [i, [typed, last]] of TYPED.entries()) {
    const words = await type(typed, i + 1)
    expect(words.trimEnd().split('\n').at(-1)?.replace(/\/$/, ''), typed).toBe(last)
  }
})

test.skipIf(!has('fish'))('fish completes', { timeout: PATIENCE }, async () => {
  const { dir } = await folder('fish')
  for (const [typed, last] of TYPED) {
    const { stdout, stderr } = spawnSync(
      'fish',
      ['--no-config', '-c', `source ./complete; complete -C ${JSON.stringify(typed)}`],
      { cwd: dir, encoding: 'utf8', env: { PATH: process.env.PATH, HOME: dir } },
    )
    expect(stderr, typed).toBe('')
    expect(
      stdout.split('\n').map((line) => line.split('\t')[0]?.replace(/\/$/, '')),
      typed,
    ).toContain(last)
  }
})

test('another shell is refused', { timeout: PATIENCE }, async () => {
  const { code, stderr } = await runCommand(['completion', 'csh'])
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining('Allowed choices are bash, zsh, fish'),
  ])
})
