/** A token of English is about so many characters, where nobody says how many there were. */
const CHARACTERS = 4

/**
 * The tokens of one answer: what the model reports where it does, else an estimate of what has
 * streamed by. Knows the formats of OpenAI (chat completions, which
 * many others have too, and responses) and of Anthropic.
 */
export class Tokens {
  #characters = 0
  #input: number | undefined
  #output: number | undefined
  readonly #asked: number

  /** `asked` is the length of the request in bytes. */
  constructor(asked: number) {
    this.#asked = asked
  }

  /** So far. Reports count the whole answer, so the last one of each kind stands. */
  get count(): number {
    const input = this.#input ?? Math.ceil(this.#asked / CHARACTERS)
    return input + (this.#output ?? Math.ceil(this.#characters / CHARACTERS))
  }

  /** An event's data, or a whole answer that did not stream. */
  add(json: string): void {
    let value: unknown
    try {
      value = JSON.parse(json)
    } catch {
      return // "[DONE]", or nothing of ours
    }
    this.#report(at(value, 'usage') ?? at(value, 'response', 'usage'))
    // What Anthropic says at the start of its output is only where it begins.
    this.#input = number(at(value, 'message', 'usage', 'input_tokens')) ?? this.#input
    for (const choice of list(at(value, 'choices'))) {
      this.#text(at(choice, 'delta', 'content') ?? at(choice, 'message', 'content'))
    }
    this.#text(at(value, 'delta', 'text') ?? at(value, 'delta'))
  }

  /** Of what is not understood, so many characters. */
  addUnknown(characters: number): void {
    this.#characters += characters
  }

  #report(usage: unknown): void {
    this.#input = number(at(usage, 'prompt_tokens') ?? at(usage, 'input_tokens')) ?? this.#input
    this.#output =
      number(at(usage, 'completion_tokens') ?? at(usage, 'output_tokens')) ?? this.#output
  }

  #text(value: unknown): void {
    if (typeof value === 'string') this.#characters += value.length
  }
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (found, name) => (found as Record<string, unknown> | null)?.[name],
    value,
  )
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** What comes from a backend is checked: a budget does not grow by a negative number. */
function number(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined
}
