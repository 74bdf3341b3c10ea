import { useState } from 'react';
import { emptyForm, formFromQuery, queryFromForm, type SearchForm } from './search-form.ts';

/**
 * The form over the query's text. What is half typed in the form (`http.`) cannot be read back from the text, so the form keeps what was
 * typed as long as the text is the one it wrote.
 */
export function useFormDraft(text: string, setText: (text: string) => void) {
  const [typed, setTyped] = useState<{ readonly form: SearchForm; readonly text: string }>();
  const read = formFromQuery(text);
  const form = typed?.text === text ? typed.form : (read ?? emptyForm);
  const change = (part: Partial<SearchForm>) => {
    const next = { ...form, ...part };
    const written = queryFromForm(next);
    const shown = written === '{}' ? '' : written;
    setTyped({ form: next, text: shown });
    setText(shown);
  };
  return { form, byHand: read === undefined, change };
}
