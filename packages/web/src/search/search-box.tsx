import { type FormEvent, type KeyboardEvent, useEffect, useEffectEvent, useState } from 'react';
import { Chip } from '../ui/chip.tsx';
import { parseDraft, parseSearch, printFilter, type SearchText } from './search-text.ts';

interface SearchBoxProps {
  readonly search: SearchText;
  /** Another search; `typing` when more may follow. */
  readonly onSearch: (search: SearchText, typing: boolean) => void;
  /** Enter with nothing changed. */
  readonly onAgain: () => void;
}

/** So long nothing is asked after a key. */
const pauseMs = 250;

/**
 * The text in the box. The address follows it a moment later; what comes back from there is only news when it was not written here,
 * such as by the Back button.
 */
function useDraft(words: string): [string, (draft: string) => void, (words: string) => void] {
  const [draft, setDraft] = useState(words);
  const [seen, setSeen] = useState(words);
  const [pending, setPending] = useState<readonly string[]>([]);
  if (words !== seen) {
    setSeen(words);
    const at = pending.indexOf(words);
    setPending(pending.slice(at + 1));
    if (at < 0) setDraft(words);
  }
  const sent = (next: string) => {
    if (next !== (pending.at(-1) ?? seen)) setPending([...pending, next]);
  };
  return [draft, setDraft, sent];
}

/** Words and phrases as text, filters as chips in front of them. Searches while one types. */
export function SearchBox({ search, onSearch, onAgain }: SearchBoxProps) {
  const [draft, setDraft, sent] = useDraft(search.words);
  const [due, setDue] = useState<SearchText>();
  const take = (next: SearchText, text: string, typing: boolean) => {
    sent(next.words);
    setDraft(text);
    setDue(undefined);
    onSearch(next, typing);
  };
  const onDue = useEffectEvent((next: SearchText) => take(next, draft, true));
  useEffect(() => {
    if (due === undefined) return;
    const timer = setTimeout(() => onDue(due), pauseMs);
    return () => clearTimeout(timer);
  }, [due]);

  const withFilters = (found: SearchText): SearchText => ({
    words: found.words,
    filters: new Map([...search.filters, ...found.filters]),
  });
  const type = (text: string) => {
    const parsed = parseDraft(text);
    const next = withFilters(parsed.search);
    if (parsed.search.filters.size > 0) {
      take(next, parsed.draft, true);
      return;
    }
    setDraft(text);
    setDue(next.words === search.words ? undefined : next);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found = parseSearch(draft);
    if (found.filters.size === 0 && found.words === search.words) onAgain();
    else take(withFilters(found), found.words, false);
  };
  const remove = (name: string, text = draft) => {
    const filters = new Map(search.filters);
    filters.delete(name);
    take({ words: parseDraft(draft).search.words, filters }, text, false);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    const last = [...search.filters].at(-1);
    const { selectionStart, selectionEnd } = event.currentTarget;
    if (event.key !== 'Backspace' || last === undefined) return;
    if (selectionStart !== 0 || selectionEnd !== 0) return;
    // The last chip becomes text again, so that it can be changed.
    event.preventDefault();
    remove(last[0], printFilter(...last) + (draft === '' ? '' : ` ${draft}`));
  };
  return (
    <form
      onSubmit={submit}
      className="flex min-h-10 w-full flex-wrap items-center gap-1 rounded-md border border-line-strong bg-surface px-1.5 py-1 focus-within:border-accent focus-within:outline-1 focus-within:outline-accent"
    >
      {[...search.filters].map(([name, value]) => (
        <Chip key={name} tall text={printFilter(name, value)} onRemove={() => remove(name)} />
      ))}
      <input
        // The page is one box: who comes to an empty one wants to type.
        ref={focusEmpty}
        data-search=""
        aria-label="Search"
        value={draft}
        onChange={(event) => type(event.target.value)}
        onKeyDown={onKeyDown}
        enterKeyHint="search"
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        placeholder={
          search.filters.size === 0
            ? 'timeout "connection refused" service:checkout level:error'
            : ''
        }
        className="h-7 min-w-40 flex-1 bg-transparent px-1 text-base placeholder:text-ink-3 focus:outline-none"
      />
    </form>
  );
}

function focusEmpty(input: HTMLInputElement | null): void {
  if (input?.value === '' && document.activeElement === document.body) input.focus();
}
