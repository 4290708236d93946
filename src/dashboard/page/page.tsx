import { signal } from '@preact/signals';
import { render, type JSX } from 'preact';
import 'uplot/dist/uPlot.min.css';
import { connect } from './connection.js';
import { Curves } from './curves.js';
import { Events } from './events.js';
import { Header } from './header.js';
import { hasImage, hasNet } from './model.js';
import { NetView } from './net.js';
import './page.css';
import { Controls, SettingsForm } from './steering.js';
import { TryIt } from './trial.js';

const views = [
  { id: 'curves', name: 'Curves', view: Curves },
  { id: 'net', name: 'Net', view: NetView },
  { id: 'try', name: 'Try it', view: TryIt },
] as const;
type Id = (typeof views)[number]['id'];

const fromHash = (): Id => views.find(({ id }) => id === location.hash.slice(1))?.id ?? 'curves';
const shown = signal<Id>(fromHash());
addEventListener('hashchange', () => {
  shown.value = fromHash();
});

function choose(id: Id): void {
  history.replaceState(null, '', `#${id}`);
  shown.value = id;
}

/** The views as tabs: arrow keys go from one to the next. */
function Tabs({ all }: { all: readonly (typeof views)[number][] }): JSX.Element {
  const step = (by: number): void => {
    const next = all[(all.findIndex(({ id }) => id === shown.value) + by + all.length) % all.length];
    if (next === undefined) return;
    choose(next.id);
    document.getElementById(`tab-${next.id}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label="Views">
      {all.map(({ id, name }) => (
        <button
          key={id}
          id={`tab-${id}`}
          type="button"
          role="tab"
          aria-selected={id === shown.value}
          aria-controls="view"
          tabIndex={id === shown.value ? 0 : -1}
          onClick={() => {
            choose(id);
          }}
          onKeyDown={({ key }) => {
            if (key === 'ArrowRight') step(1);
            if (key === 'ArrowLeft') step(-1);
          }}
        >
          {name}
        </button>
      ))}
    </div>
  );
}

function Page(): JSX.Element {
  const all = views.filter(({ id }) => id === 'curves' || (id === 'net' ? hasNet.value : hasImage.value));
  const { id, view: View } = all.find((each) => each.id === shown.value) ?? views[0];
  return (
    <>
      <Header>
        <Controls />
      </Header>
      <div class="body">
        <main>
          {all.length > 1 && <Tabs all={all} />}
          <div id="view" {...(all.length > 1 ? { role: 'tabpanel', 'aria-labelledby': `tab-${id}` } : {})}>
            <View />
          </div>
        </main>
        <aside aria-label="Run">
          <SettingsForm />
          <Events />
        </aside>
      </div>
    </>
  );
}

connect();
render(<Page />, document.body);
