// Several models on one thread: who computes when, and that none disturbs another.
#include "local/compute_thread.hpp"

#include <atomic>
#include <chrono>
#include <functional>

#include <gtest/gtest.h>

namespace entente::local {
namespace {

using namespace std::chrono_literals;

// Computes as long as it is told to, and says what it was asked.
class Worker final : public ComputeThread::Part {
 public:
  explicit Worker(std::chrono::milliseconds takes = 1ms) : takes_(takes) {}

  void begin() override {
    EXPECT_EQ(steps, 0);
    std::this_thread::sleep_for(takes_);
    begun = true;
    thread = std::this_thread::get_id();
  }
  bool step(bool answers_beside) override {
    EXPECT_TRUE(begun);
    EXPECT_EQ(std::this_thread::get_id(), thread.load());
    if (work <= 0) return false;
    if (answers_beside) ++steps_beside_answers;
    while (gate_shut) std::this_thread::sleep_for(1ms);
    std::this_thread::sleep_for(takes_);
    --work;
    ++steps;
    return true;
  }
  bool has_answers() const override { return answers; }
  void others_computed(double seconds) override {
    others_ms += static_cast<int>(seconds * 1000);
    ++others;
  }

  std::atomic<int> work = 0, steps = 0, steps_beside_answers = 0, others = 0, others_ms = 0;
  std::atomic<bool> begun = false, answers = false, gate_shut = false;
  std::atomic<std::thread::id> thread;

 private:
  const std::chrono::milliseconds takes_;
};

void eventually(const std::function<bool()>& so) {
  while (!so()) std::this_thread::sleep_for(1ms);  // bounded by the test's own time limit
}

TEST(ComputeThread, AllThatIsComputedIsComputedOnOneThread) {
  ComputeThread thread;
  Worker a, b;
  a.work = b.work = 20;
  thread.add(a);
  thread.add(b);
  eventually([&] { return a.work == 0 && b.work == 0; });
  EXPECT_EQ(a.thread.load(), b.thread.load());
  EXPECT_NE(a.thread.load(), std::this_thread::get_id());
  thread.remove(a);
  thread.remove(b);
}

TEST(ComputeThread, SleepsUntilTheBellRings) {
  ComputeThread thread;
  Worker a;
  thread.add(a);
  EXPECT_TRUE(a.begun) << "add() waits for it";
  a.work = 3;
  thread.bell()->ring();
  eventually([&] { return a.steps == 3; });
  thread.remove(a);
}

TEST(ComputeThread, BothGetOnAndEachIsToldOfTheOthersTime) {
  ComputeThread thread;
  Worker quick(1ms), slow(10ms);
  quick.work = slow.work = 1'000'000;
  thread.add(quick);
  thread.add(slow);
  eventually([&] { return slow.steps >= 5 && quick.steps >= 5; });
  EXPECT_GE(quick.others_ms, 10);
  quick.work = slow.work = 0;
  thread.remove(quick);
  thread.remove(slow);
}

TEST(ComputeThread, WhoComputesIsToldOfAnswersBesideIt) {
  ComputeThread thread;
  Worker answering, prompting;
  thread.add(answering);
  thread.add(prompting);
  answering.answers = true;
  answering.work = 1'000'000;
  thread.bell()->ring();
  eventually([&] { return answering.steps > 0; });
  prompting.work = 20;
  thread.bell()->ring();
  eventually([&] { return prompting.work == 0; });
  EXPECT_EQ(prompting.steps_beside_answers, 20);
  EXPECT_EQ(answering.steps_beside_answers, 0) << "its own answers are its own business";
  answering.answers = false;
  prompting.work = 10;
  eventually([&] { return prompting.work == 0; });
  EXPECT_EQ(prompting.steps_beside_answers, 20);
  answering.work = 0;
  thread.remove(answering);
  thread.remove(prompting);
}

TEST(ComputeThread, RemovingWaitsForTheOwnStepOnly) {
  ComputeThread thread;
  auto leaving = std::make_unique<Worker>();
  Worker stuck;
  thread.add(*leaving);
  thread.add(stuck);
  stuck.gate_shut = true;
  stuck.work = 1;
  thread.bell()->ring();
  std::this_thread::sleep_for(5ms);
  thread.remove(*leaving);  // returns although the other is in a step that does not end
  leaving.reset();
  std::atomic<bool> removed = false;
  std::thread remover([&] {
    thread.remove(stuck);
    removed = true;
  });
  std::this_thread::sleep_for(5ms);
  EXPECT_TRUE(stuck.steps == 1 || !removed);
  stuck.gate_shut = false;
  remover.join();
}

TEST(ComputeThread, ComingAndGoingWhileOthersCompute) {
  ComputeThread thread;
  Worker staying;
  staying.work = 1'000'000;
  thread.add(staying);
  for (int i = 0; i < 50; ++i) {
    Worker passing(0ms);
    passing.work = i % 3;
    thread.add(passing);
    if (i % 2) eventually([&] { return passing.begun && passing.work == 0; });
    thread.remove(passing);
  }
  int before = staying.steps;
  eventually([&] { return staying.steps > before; });
  staying.work = 0;
  thread.remove(staying);
}

}  // namespace
}  // namespace entente::local
