#include "labels/labeller.hpp"

#include <algorithm>
#include <format>
#include <set>

#include "base/ascii.hpp"
#include "base/suggest.hpp"
#include "domain/deployment.hpp"
#include "labels/identifiers.hpp"
#include "labels/text_of_work.hpp"

namespace entente::labels {

namespace {

constexpr std::string_view says_word = "a listed word", says_pattern = "a listed pattern", says_more = "more than text",
                           says_too_much = "more than is looked at";

// So many things of a form are looked at in one request, some 20 ms of work; where there are more, the worst is
// supposed.
constexpr std::size_t most_candidates = 10'000;

// However it is written: with spaces, dots or dashes.
std::string without_separators(std::string text) {
  std::erase_if(text, [](char c) { return c == ' ' || c == '-' || c == '.'; });
  return text;
}

Error about(const LabelRule& rule, std::string_view setting, std::string_view wrong) {
  return {.code = ErrorCode::invalid_request,
          .message = std::format("the label \"{}\": {}{}", rule.label, setting, wrong)};
}

Result<> check_names(const LabelRule& rule) {
  if (rule.label.empty() || rule.label.contains(',') || rule.label.front() == ' ' || rule.label.back() == ' ')
    return fail(about(rule, "", "a label is a name without commas, and no space begins or ends it"));
  std::vector<std::string> known = names_of_identifiers();
  for (const std::string& name : rule.finds) {
    if (std::ranges::contains(known, name)) continue;
    std::string near = nearest_name(name, known);
    return fail(about(
        rule, "finds: ",
        near.empty() ? std::format("nothing is known by the name \"{}\"; `entente policy labels` lists what is", name)
                     : std::format("nothing is known by the name \"{}\"; did you mean \"{}\"?", name, near)));
  }
  for (const std::string& word : rule.words) {
    if (std::ranges::all_of(word, [](char c) { return c == '*' || c == ' '; }))
      return fail(about(rule, "words: ", std::format("\"{}\" is no word", word)));
  }
  if (rule.at_least == 0) return fail(about(rule, "at_least: ", "write 1 or more"));
  bool of_text = !rule.except.empty() || rule.at_least > 1;
  if (of_text && !rule.looks_at_text())
    return fail(about(rule, "", "except and at_least are for what is found in a text: write finds, words or patterns"));
  return {};
}

// "a, b and c", each once.
std::string listed(std::vector<std::string_view> all) {
  std::vector<std::string_view> once;
  for (std::string_view one : all) {
    if (!std::ranges::contains(once, one)) once.push_back(one);
  }
  std::string out;
  for (std::size_t i = 0; i < once.size(); ++i) {
    out += i == 0 ? "" : i + 1 == once.size() ? " and " : ", ";
    out += once[i];
  }
  return out;
}

}  // namespace

bool Labeller::is_for(const LabelRule& rule, const Principal& who) {
  return fits_any(rule.tenants, who.tenant_name) && fits_any(rule.projects, who.project_name) &&
         fits_any(rule.keys, who.key_name);
}

Result<std::shared_ptr<const Labeller>> Labeller::make(std::vector<LabelRule> rules) {
  auto labeller = std::make_shared<Labeller>();
  labeller->seekers_ = std::make_unique<Seekers>();
  for (LabelRule& rule : rules) TRY(labeller->compile(std::move(rule)));
  TRY(labeller->seekers_->finish());
  return labeller;
}

Result<> Labeller::compile(LabelRule rule) {
  TRY(check_names(rule));
  Compiled compiled;
  auto seek = [&](Result<std::size_t> seeker, std::string_view says, const std::string& setting) -> Result<> {
    if (!seeker) return fail(about(rule, setting, seeker.error().message));
    compiled.seeks.push_back({*seeker, says});
    return {};
  };
  for (const std::string& name : rule.finds) {
    compiled.not_text = compiled.not_text || name == not_text;
    for (const Identifier* one : identifiers_named(name))
      TRY(seek(seekers_->add_bounded(one->pattern, one->holds), one->says, "finds: "));
  }
  if (!rule.words.empty()) TRY(seek(seekers_->add_words(rule.words), says_word, "words: "));
  for (const std::string& pattern : rule.patterns)
    TRY(seek(seekers_->add_pattern(pattern), says_pattern, std::format("patterns: \"{}\": ", pattern)));
  for (const std::string& one : rule.except) compiled.except.push_back(to_lower(one));
  compiled.rule = std::move(rule);
  rules_.push_back(std::move(compiled));
  return {};
}

// Looks for what the rules of one who asks want, text by text, until each has enough or all was read.
struct Labeller::Search {
  struct Rule {
    const Compiled* compiled;
    std::size_t enough;
    std::vector<Find> finds;
    std::set<std::string> different;
    std::size_t left = most_candidates;
  };

  const Seekers& seekers;
  std::vector<Rule> open;

  bool satisfied(const Rule& rule) const { return rule.finds.size() >= rule.enough; }

  // Whether any wants more.
  bool look(std::string_view text) {
    std::vector<std::size_t> in = seekers.in(text);
    if (in.empty()) return true;
    bool more = false;
    for (Rule& rule : open) {
      for (const Sought& sought : rule.compiled->seeks) {
        if (satisfied(rule)) break;
        if (std::ranges::contains(in, sought.seeker)) take(rule, sought, text);
      }
      more = more || !satisfied(rule);
    }
    return more;
  }

  void take(Rule& rule, const Sought& sought, std::string_view text) {
    seekers.each(sought.seeker, text, [&](std::string_view found, bool holds) {
      if (rule.left-- == 0) {
        rule.finds.push_back({says_too_much, found});
        rule.enough = rule.finds.size();
        return false;
      }
      const std::vector<std::string>& except = rule.compiled->except;
      std::string name = holds ? to_lower(found) : "";
      bool counts = holds && (except.empty() || !fits_any(except, name));
      if (counts && rule.different.insert(without_separators(std::move(name))).second)
        rule.finds.push_back({sought.says, found});
      return !satisfied(rule);
    });
  }
};

std::vector<Given> Labeller::labels_of(const Principal& who, const Work& work) const {
  std::vector<Given> given = labels_of(who);
  if (!looks_at_text() && std::ranges::none_of(rules_, &Compiled::not_text)) return given;
  Search search{.seekers = *seekers_, .open = {}};
  for (const Compiled& one : rules_) {
    if (!one.rule.looks_at_text() || !is_for(one.rule, who)) continue;
    if (one.not_text && holds_more_than_text(work)) {
      given.push_back({one.rule.label, why({.rule = &one.rule, .given = true, .finds = {{says_more, {}}}}, who)});
    } else if (!one.seeks.empty()) {
      search.open.push_back({.compiled = &one, .enough = one.rule.at_least, .finds = {}, .different = {}});
    }
  }
  if (!search.open.empty()) for_each_text(work, [&](std::string_view text) { return search.look(text); });
  for (Search::Rule& rule : search.open) {
    if (!search.satisfied(rule)) continue;
    given.push_back({rule.compiled->rule.label,
                     why({.rule = &rule.compiled->rule, .given = true, .finds = std::move(rule.finds)}, who)});
  }
  return given;
}

std::vector<Given> Labeller::labels_of(const Principal& who) const {
  std::vector<Given> given;
  for (const Compiled& one : rules_) {
    if (one.rule.looks_at_text() || !is_for(one.rule, who)) continue;
    given.push_back({one.rule.label, why({.rule = &one.rule, .given = true, .finds = {}}, who)});
  }
  return given;
}

std::vector<Looked> Labeller::look_at(const Principal& who, std::string_view text) const {
  std::vector<Looked> out;
  for (const Compiled& one : rules_) {
    if (!is_for(one.rule, who)) continue;
    Looked looked{.rule = &one.rule, .given = !one.rule.looks_at_text(), .finds = {}};
    if (!one.seeks.empty()) {
      Search search{.seekers = *seekers_, .open = {}};
      search.open.push_back({.compiled = &one, .enough = std::size_t(-1), .finds = {}, .different = {}});
      search.look(text);
      looked.given = search.satisfied(search.open.front());  // there was too much to look at
      looked.finds = std::move(search.open.front().finds);
      looked.given = looked.given || looked.finds.size() >= one.rule.at_least;
    }
    out.push_back(std::move(looked));
  }
  return out;
}

std::string Labeller::why(const Looked& looked, const Principal& who) {
  if (!looked.finds.empty()) {
    std::vector<std::string_view> says;
    says.reserve(looked.finds.size());
    for (const Find& find : looked.finds) says.push_back(find.says);
    return std::format("it holds {}", listed(std::move(says)));
  }
  const LabelRule& rule = *looked.rule;
  if (!rule.keys.empty()) return std::format("its key is '{}'", who.key_name);
  if (!rule.projects.empty()) return std::format("its project is '{}'", who.project_name);
  if (!rule.tenants.empty()) return std::format("its tenant is '{}'", who.tenant_name);
  return "all work here has it";
}

Result<> check(const LabelRule& rule) {
  TRY(Labeller::make({rule}));
  return {};
}

void add_labels(std::vector<std::string>& labels, std::span<const Given> given) {
  for (const Given& one : given) {
    if (!std::ranges::contains(labels, one.label)) labels.push_back(one.label);
  }
}

}  // namespace entente::labels
