// Loop: what is done for one model on the thread that computes. Again and again: take over what was started, let places
// change hands, compose a step, compute it, speak. It owns the jobs and the prefixes, uses the model, and shares the
// Desk. Once the desk says stopping it computes nothing more; every answer that is not done ends with `unavailable`
// when the Loop goes.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "local/compute_thread.hpp"
#include "local/desk.hpp"
#include "local/guessing/drafter.hpp"
#include "local/machine/energy_meter.hpp"
#include "local/memory/prefix_store.hpp"
#include "local/speaker.hpp"
#include "local/step.hpp"

namespace entente::local {

class Loop final : public ComputeThread::Part {
 public:
  // `draft`: a small model that guesses; `shelf`: for computed prompts beyond what memory holds. Null: none.
  Loop(Model& model, Model* draft, std::shared_ptr<Desk> desk, const EngineOptions& options,
       std::shared_ptr<Shelf> shelf);
  ~Loop() override;  // when its thread steps it no more
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void begin() override;
  bool step(bool answers_beside) override;
  bool has_answers() const override { return step_.has_answers(); }
  void others_computed(double seconds) override;

 private:
  // A prompt that shares this much with one being computed waits for it.
  static constexpr std::size_t worth_waiting = 64;

  bool take_over();
  void choose_whom_to_wait_for(Job& job);
  void release_those_who_wait_for(Scheduler::Id id);

  // loop_places.cpp
  void change_places();
  void begin(Job& job);
  void take_known(Job& job);
  void take_what_was_read();
  void resume(Job& job);
  void park(Job& job);
  bool put_back(Job& job);
  std::size_t put_back_known(const Job& job, std::span<const Token> text);
  void tell_that_it_begins(Job& job);
  void let_go_of_parked(Choice& choice);
  void free_sequence(std::uint32_t sequence);
  void give_places_back(Job& job);
  std::uint32_t take_sequence();

  bool compose(bool answers_beside);
  void propose();
  void compute();
  bool nobody_waits() const;
  void look_at_prompt(const Step::Part& part);
  void prompt_computed(const Step::Part& part);
  void leave_sequence(const Job& job, const Choice& choice);
  void speak(Job& job, Choice& choice, std::size_t row);
  void keep_prefix(const Job& job);
  void count_energy(const std::vector<double>& parts);
  void give_up(Computed why);
  void end(Job& job);  // done, left or failed: out of the scheduler, out of memory
  void report_numbers();
  static void trace(const char* what, const Job& job);

  Model& model_;
  const std::shared_ptr<Desk> desk_;
  const Speaker speaker_;
  const bool proposals_;
  const double catching_up_;  // seconds of a step in which a draft model may read what it does not know yet
  std::optional<Drafter> drafter_;
  EnergyMeter energy_;
  PrefixStore prefixes_;
  std::map<Scheduler::Id, std::unique_ptr<Job>> jobs_;
  std::vector<std::uint32_t> free_;  // sequences

  Step step_;                  // that is being made
  double drafting_ = 0;        // seconds that guessing took for it
  std::uint32_t adapter_ = 0;  // that the model uses now
};

}  // namespace entente::local
