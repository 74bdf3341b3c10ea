import type { TimeRange } from '../time/range.ts';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';
import type { SearchText } from './search-text.ts';
import type { ResultType } from './state.ts';

interface NothingFoundProps {
  readonly search: SearchText;
  readonly range: TimeRange;
  readonly type: ResultType;
  /** Results of other types. */
  readonly others: number;
  readonly onRange: (range: TimeRange) => void;
  readonly onSearch: (search: SearchText) => void;
  readonly onAll: () => void;
}

/** In place of the list when a search has found nothing: what to try. */
export function NothingFound(props: NothingFoundProps) {
  const { search, range, type, others } = props;
  const isDay = range.from === 'now-24h' && range.to === 'now';
  const filtered = search.filters.size > 0 && search.words !== '';
  return (
    <Notice
      tone="empty"
      title={others > 0 ? `No ${type} found, but others` : 'Nothing found in this time'}
      action={
        <span className="flex flex-wrap justify-end gap-2">
          {others > 0 ? <Button onClick={props.onAll}>Show all</Button> : null}
          {isDay ? null : (
            <Button onClick={() => props.onRange({ from: 'now-24h', to: 'now' })}>
              Last 24 hours
            </Button>
          )}
          {filtered ? (
            <Button onClick={() => props.onSearch({ ...search, filters: new Map() })}>
              Without filters
            </Button>
          ) : null}
        </span>
      }
    >
      All words and filters must fit. A word is found as written, in small letters, in CAPITALS and
      Capitalised; the value of a filter must be exactly that.
    </Notice>
  );
}
