// The models this server offers, and the one chosen. There is always a reason to show when there is none.
import { listModels } from '../lib/api.ts';
import type { Model } from '../lib/api.ts';
import { recall, remember } from '../lib/remember.ts';
import type { Failure } from '../lib/tree.ts';
import { failureOf } from './session.svelte.ts';

let status = $state<'loading' | 'ready' | 'failed'>('loading');
let list = $state.raw<Model[]>([]);
let chosen = $state(recall('model'));
let failure = $state<Failure>();

export const models = {
  get status() {
    return status;
  },
  get list() {
    return list;
  },
  get failure() {
    return failure;
  },
  /** The model that will be asked: the chosen one where it is offered, else the first. */
  get current(): Model | undefined {
    return list.find((model) => model.id === chosen) ?? list[0];
  },

  choose(id: string) {
    chosen = id;
    remember('model', id);
  },

  async load() {
    status = 'loading';
    failure = undefined;
    try {
      list = await listModels();
      status = 'ready';
    } catch (error) {
      failure = failureOf(error);
      status = 'failed';
    }
  },
};
