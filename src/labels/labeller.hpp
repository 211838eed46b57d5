// Labeller: which labels a piece of work is given by the rules of the configuration, and for what.
//
// Labels are only added: to those of the key, to those that the request names. A rule gives its label when the work is
// of those it is for, and its text holds what it looks for; what was found is told by its kind ("an e-mail address"),
// never by its words. Texts are read in one pass for all rules, in time that grows with their length
// (labels/seekers.hpp), and only where a rule asks for it. Never changed after it was made, any thread.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "domain/label_rule.hpp"
#include "domain/principal.hpp"
#include "domain/work.hpp"
#include "labels/seekers.hpp"

namespace entente::labels {

struct Given {
  std::string label;
  std::string why;  // after "because": "its text holds an e-mail address", "its project is 'triage'"
  friend bool operator==(const Given&, const Given&) = default;
};

// One thing that a rule looks for, where it was found.
struct Find {
  std::string_view says;  // "an e-mail address"
  std::string_view text;  // of the work, or of the text that was looked at
};

// What a rule found, of those that are for whoever asks.
struct Looked {
  const LabelRule* rule;
  bool given = false;
  std::vector<Find> finds;  // each once
};

class Labeller {
 public:
  // No rules: no labels.
  Labeller() = default;
  // Failure: invalid_request, which rule and what is wrong with it.
  static Result<std::shared_ptr<const Labeller>> make(std::vector<LabelRule> rules);

  std::vector<Given> labels_of(const Principal& who, const Work& work) const;
  // Of the rules that look at no text: what any work of theirs is given.
  std::vector<Given> labels_of(const Principal& who) const;

  // All that there is to find in one text, for who tries rules out.
  std::vector<Looked> look_at(const Principal& who, std::string_view text) const;
  static std::string why(const Looked& looked, const Principal& who);

  bool looks_at_text() const { return seekers_ && !seekers_->empty(); }

 private:
  struct Sought {
    std::size_t seeker;
    std::string_view says;
  };
  struct Compiled {
    LabelRule rule;
    std::vector<Sought> seeks;
    std::vector<std::string> except;  // in small letters
    bool not_text = false;            // what is no text gives the label
  };
  struct Search;

  Result<> compile(LabelRule rule);
  static bool is_for(const LabelRule& rule, const Principal& who);

  std::vector<Compiled> rules_;
  std::unique_ptr<Seekers> seekers_ = nullptr;
};

// What is wrong with a rule by itself, as its setting and a sentence's end; nothing: it can be gone by.
Result<> check(const LabelRule& rule);

// Adds labels to those that are there already, each once.
void add_labels(std::vector<std::string>& labels, std::span<const Given> given);

}  // namespace entente::labels
