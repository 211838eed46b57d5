// What can be written of [[quotas]].
#include <algorithm>

#include "config/definition.hpp"
#include "config/kinds.hpp"

namespace entente::config {

namespace {

struct EachOf {
  static const Choice& words_for() {
    static const Choice choice{{"key", "project", "tenant", "all"}};
    return choice;
  }
  std::string words() const { return words_for().words(); }
  Result<Quota::Each> read(const Node& node) const {
    TRY_ASSIGN(std::string word, words_for().read(node));
    auto all = {Quota::Each::key, Quota::Each::project, Quota::Each::tenant, Quota::Each::all};
    return *std::ranges::find(all, word, [](Quota::Each one) { return to_string(one); });
  }
  std::string show(Quota::Each each) const { return Text().show(std::string(to_string(each))); }
};

}  // namespace

std::span<const Setting<Quota>> quota_settings() {
  static const std::vector<Setting<Quota>> all = {
      define<Quota>(
          "name", Text(), ACCESS(Quota, name),
          {.help = "What refusals and `entente quotas` call it.", .example = "\"students\"", .required = true}),
      define<Quota>("each", EachOf(), ACCESS(Quota, each),
                    {.help = "Who has a count of their own; \"all\": everybody whom it is for shares one.",
                     .example = "\"tenant\""}),
      define<Quota>("tenants", Texts(), ACCESS(Quota, tenants),
                    {.help = "Whom it is for: tenants by name; \"*\" stands for any text. Not stated: any.",
                     .example = "[\"university\"]"}),
      define<Quota>("projects", Texts(), ACCESS(Quota, projects),
                    {.help = "Whom it is for: projects by name, in the same way.", .example = "[\"course-*\"]"}),
      define<Quota>("keys", Texts(), ACCESS(Quota, keys),
                    {.help = "Whom it is for: keys by name, in the same way.", .example = "[\"ward 3\"]"}),
      define<Quota>(
          "requests_per_minute", Count{0, 1'000'000}, ACCESS(Quota, requests_per_minute),
          {.help = "Requests in a minute; 0: any number.",
           .details = "They come back steadily: at 60, one each second. Who asks for more is told when (429).",
           .example = "60"}),
      define<Quota>("tokens_per_minute", Count{0, 1'000'000'000}, ACCESS(Quota, tokens_per_minute),
                    {.help = "Tokens read and written in a minute; 0: any number.",
                     .details = "What an answer writes is known when it has ended: who used more waits longer for the "
                                "next.",
                     .example = "100000"}),
      define<Quota>("at_once", Count{0, 1'000'000}, ACCESS(Quota, at_once),
                    {.help = "Requests that are answered at the same time; 0: any number.", .example = "4"}),
      define<Quota>(
          "money_per_day", AmountOrNone(), ACCESS(Quota, nano_per_day),
          {.help = "What may be spent in a day (UTC), in `currency`.",
           .details = "The most that an answer may cost is set aside before it is asked for; what does not fit "
                      "is refused (402). Deployments without a price cost nothing; those with a price in "
                      "another currency are refused.",
           .example = "5.0"}),
      define<Quota>("money_per_month", AmountOrNone(), ACCESS(Quota, nano_per_month),
                    {.help = "The same for a calendar month (UTC).", .example = "100.0"}),
      define<Quota>("currency", Text(), ACCESS(Quota, currency),
                    {.help = "Of the money: an ISO 4217 code.", .example = "\"EUR\""}),
  };
  return all;
}

}  // namespace entente::config
