// What can be written of [[labels]].
#include "config/definition.hpp"
#include "config/kinds.hpp"

namespace entente::config {

std::span<const Setting<LabelRule>> label_settings() {
  static const std::vector<Setting<LabelRule>> all = {
      define<LabelRule>("label", Text(), ACCESS(LabelRule, label),
                        {.help = "What the work is given, as policies name it; several rules may give the same.",
                         .details = "Labels are only added: to those of the key and of the header entente-labels.",
                         .example = "\"personal\"",
                         .required = true}),
      define<LabelRule>("tenants", Texts(), ACCESS(LabelRule, tenants),
                        {.help = "Whose work it looks at: tenants by name; \"*\" stands for any text. Not stated: any.",
                         .example = "[\"clinic\"]"}),
      define<LabelRule>("projects", Texts(), ACCESS(LabelRule, projects),
                        {.help = "The same for projects.", .example = "[\"triage\", \"ward-*\"]"}),
      define<LabelRule>("keys", Texts(), ACCESS(LabelRule, keys),
                        {.help = "The same for keys.", .example = "[\"front desk\"]"}),
      define<LabelRule>(
          "finds", Texts(), ACCESS(LabelRule, finds),
          {.help = "What the text must hold, known by its form and the sums in it; `entente policy labels` "
                   "lists what can be found.",
           .details = "Of finds, words and patterns any one is enough. None of them: all work of those "
                      "named has the label, and its text is not read.",
           .example = "[\"email\", \"iban\", \"national-id\", \"not-text\"]"}),
      define<LabelRule>("words", Texts(), ACCESS(LabelRule, words),
                        {.help = "Whole words, large or small; \"*\" stands for any letters and digits.",
                         .example = "[\"diagnos*\", \"patient*\"]"}),
      define<LabelRule>("patterns", Texts(), ACCESS(LabelRule, patterns),
                        {.help = "Regular expressions, in RE2's syntax.", .example = "['\\bPAT-\\d{6}\\b']"}),
      define<LabelRule>("except", Texts(), ACCESS(LabelRule, except),
                        {.help = "What is found and does not count, large or small; \"*\" stands for any text.",
                         .example = "[\"*@example.org\"]"}),
      define<LabelRule>("at_least", Count{1, 1'000}, ACCESS(LabelRule, at_least),
                        {.help = "So many different ones must be found in a request.", .example = "3"}),
  };
  return all;
}

}  // namespace entente::config
