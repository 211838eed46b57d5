// Step: one computation for all that the scheduler chose: the tokens of the batch, and what of it belongs to whom. An
// answer adds its last token, and those that were proposed for it, which the same computation checks: copied from the
// conversation (prompt_lookup.hpp), else guessed by a draft model (drafter.hpp).
//
// For the thread that computes. clear, add(…), propose() and draft() where that is wished, lay_out(); then it is read.
#pragma once

#include <cstdint>
#include <vector>

#include "local/guessing/drafter.hpp"
#include "local/job.hpp"
#include "local/model/model.hpp"
#include "local/scheduling/scheduler.hpp"

namespace entente::local {

class Step {
 public:
  struct Part {
    Job* job;
    Choice* choice;        // null: the job's prompt
    std::uint32_t tokens;  // of the prompt
    std::size_t last;      // index in the batch of the token whose logits come next
  };

  void clear();
  void add(const Scheduler::Share& share, Job& job);
  // What the answers may say beyond their next token, as far as there is room and it pays. `drafter` is only asked
  // whether it pays, too; null: there is none.
  void propose(const Speed& speed, std::size_t most_batch, Drafter* drafter);
  std::uint32_t proposed() const;                    // for all answers together
  void keep_proposals(std::uint32_t most);           // of those, each answer's part
  void draft(Drafter& drafter, double catching_up);  // computes: not with a lock held
  bool drafts_alone() const;                         // and reads no prompt beside it
  void lay_out();

  const std::vector<BatchToken>& batch() const { return batch_; }
  const std::vector<Part>& parts() const { return parts_; }
  const std::vector<Scheduler::Share>& shares() const { return shares_; }
  bool has_answers() const;
  std::uint32_t answers() const;

 private:
  void ask_for_drafts(const Speed& speed, std::size_t room, std::uint32_t answers, const Drafter& drafter);
  void lay_out_answer(Scheduler::Share& share, Job& job);
  void lay_out_prompt(Job& job, std::uint32_t tokens);

  std::vector<Scheduler::Share> shares_;
  std::vector<Job*> jobs_;  // of the shares
  std::vector<BatchToken> batch_;
  std::vector<Part> parts_;
  std::vector<Drafter::Ask> asks_;  // of a draft model
};

}  // namespace entente::local
