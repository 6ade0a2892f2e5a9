import type { Mark } from '../../kernel/directive/mark.ts'
import { readNginx } from '../nginx-conf/read.ts'
import type { Comment } from '../nginx-conf/tokens.ts'
import { syntaxOf } from '../syntax.ts'
import type { ConfigTree } from '../tree.ts'

/** What comments say of a directive, each without its `#`. */
export interface Remarks {
  readonly before: readonly string[]
  /** Behind it, on its line. */
  readonly beside: string | undefined
}

/** Gives each directive the comments before it, as directives are asked for in their order. */
export class CommentFinder {
  /** By file, those that nobody has got yet; of YAML there are none. */
  readonly #left = new Map<string, Comment[]>()

  constructor({ sources }: ConfigTree) {
    for (const { path, text } of sources) {
      if (syntaxOf(path) === 'yaml') continue
      this.#left.set(path, [...readNginx(text, 0, path, () => []).comments])
    }
  }

  of({ file, line, column, ends = line }: Mark): Remarks {
    const left = this.#left.get(file) ?? []
    const before: string[] = []
    while (left[0] && isBefore(left[0], line, column)) before.push(textOf(left.shift()))
    const beside = left[0]?.line === ends ? textOf(left.shift()) : undefined
    return { before, beside }
  }

  /** What stands behind everything. */
  rest(): string[] {
    return [...this.#left.values()].flatMap((left) => left.map(textOf))
  }
}

function isBefore(comment: Comment, line: number, column: number): boolean {
  return comment.line < line || (comment.line === line && comment.column < column)
}

function textOf(comment: Comment | undefined): string {
  return comment?.text.slice(1) ?? ''
}
