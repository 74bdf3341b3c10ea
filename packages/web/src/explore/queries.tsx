import { ApiError } from '../api/client.ts';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';
import { type QueryNotes, QueryRowView } from './query-row.tsx';
import { maxQueries, type QueryRow, withQuery } from './state.ts';
import type { ExploreControl } from './use-explore-state.ts';
import type { Result } from './use-results.ts';

interface AnswerNotes {
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
}

interface QueriesProps {
  readonly control: ExploreControl;
  readonly results: readonly Result<AnswerNotes>[];
  readonly onRun: () => void;
}

const silent: QueryNotes = { error: undefined, warnings: [], infos: [] };

function notesOf(result: Result<AnswerNotes> | undefined): QueryNotes {
  if (result === undefined) return silent;
  const { error, answer } = result;
  return {
    error:
      error === null
        ? undefined
        : {
            message: error.message,
            position: error instanceof ApiError ? error.position : undefined,
          },
    warnings: answer?.warnings ?? [],
    infos: answer?.infos ?? [],
  };
}

/** The list of queries. */
export function Queries({ control, results, onRun }: QueriesProps) {
  const { state, update, draftOf, setDraft } = control;
  const drafted: readonly QueryRow[] = state.queries.map((query) => ({
    ...query,
    expression: draftOf(query.id),
  }));
  const change = (id: string, part: Partial<QueryRow>) =>
    update({ queries: drafted.map((query) => (query.id === id ? { ...query, ...part } : query)) });
  return (
    <div className="flex flex-col gap-1.5 pb-2">
      {state.queries.map((query, index) => (
        <QueryRowView
          key={query.id}
          query={query}
          draft={draftOf(query.id)}
          notes={notesOf(results.find((result) => result.id === query.id))}
          removable={state.queries.length > 1}
          autoFocus={index === 0 && query.expression === ''}
          onDraft={(text) => setDraft(query.id, text)}
          onRun={onRun}
          onHide={() => change(query.id, { hidden: !query.hidden })}
          onDuplicate={() => update({ queries: withQuery(drafted, draftOf(query.id)) })}
          onRemove={() => update({ queries: drafted.filter((one) => one.id !== query.id) })}
        />
      ))}
      {state.queries.length < maxQueries ? (
        <div className="ml-[20px]">
          <Button look="quiet" onClick={() => update({ queries: withQuery(drafted, '') })}>
            <Icon name="plus" />
            Add query
          </Button>
        </div>
      ) : null}
    </div>
  );
}
