// Counts the languages that code highlighting has loaded: whoever reads it while rendering renders again when one arrives.
let count = $state(0);

export const highlighted = {
  get count() {
    return count;
  },
  more: () => {
    count++;
  },
};
