// Whether questions may leave the server's own machine: the person's choice, on top of what the server's policies say.
import { recall, remember } from '../lib/remember.ts';

let onlyHere = $state(recall('only-here') === 'yes');

export const destination = {
  get onlyHere() {
    return onlyHere;
  },
  set onlyHere(chosen: boolean) {
    onlyHere = chosen;
    remember('only-here', chosen ? 'yes' : '');
  },
};
