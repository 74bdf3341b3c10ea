import { Section } from '../ui/section.tsx';
import { Received } from './received.tsx';
import { Refused } from './refused.tsx';
import { Retention } from './retention.tsx';
import { Targets } from './targets.tsx';
import { useIntake } from './use-status.ts';

/** What came in, what was refused, what is scraped and what is kept. */
export function IntakeColumn() {
  const { data: intake, error } = useIntake();
  const unknown = error !== null && intake === undefined;
  return (
    <div className="flex min-w-0 flex-col gap-5">
      <Section title="Received" aside="since the start">
        {unknown ? <NoAnswer /> : <Received intake={intake} />}
      </Section>
      <Section title="Refused" aside="since the start">
        {unknown ? <NoAnswer /> : <Refused intake={intake} />}
      </Section>
      <Section title="Scrape targets">
        <Targets />
      </Section>
      <Section title="Retention">
        <Retention />
      </Section>
    </div>
  );
}

function NoAnswer() {
  return <p className="py-1.5 text-bad">No answer from the server.</p>;
}
