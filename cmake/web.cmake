# The chat page of web/, built by npm into files that src/app embeds. Filled with the page.
