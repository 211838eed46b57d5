// The scheduler in simulated time: a machine that costs what the formula says, and arrivals by the thousand.
#include "local/scheduling/scheduler.hpp"

#include <algorithm>
#include <random>
#include <set>

#include <gtest/gtest.h>

namespace entente::local {
namespace {

// A machine: decode costs a little for each answer, prompts by token and depth, as measured on two cores.
class Machine {
 public:
  explicit Machine(SchedulerLimits limits, std::vector<FairWeight> weights = {})
      : limits(limits), scheduler(limits, std::move(weights)) {}

  struct Job {
    Scheduler::Asked asked;
    std::uint32_t will_say = 0, said = 0, prompt_done = 0;
    double arrived = 0, first_token = -1, last_token = -1, ended = -1;
    bool running = false;
    std::uint32_t parked = 0;
  };

  Scheduler::Id add(const std::string& tenant, std::uint32_t prompt, std::uint32_t will_say,
                    Urgency urgency = Urgency::interactive, std::uint32_t choices = 1, std::uint32_t adapter = 0) {
    Scheduler::Id id = next_id++;
    Job job{.asked = {.payer = {.tenant = tenant, .project = "p", .key = "k", .tenant_name = tenant},
                      .urgency = urgency,
                      .prompt_tokens = prompt,
                      .most_said = will_say,
                      .choices = choices,
                      .adapter = adapter},
            .will_say = will_say,
            .arrived = now};
    scheduler.add(id, job.asked);
    jobs[id] = job;
    return id;
  }

  // One step; checks what must hold in every one of them. False when there was nothing to do.
  bool step() {
    Scheduler::Changes changes = scheduler.change_places();
    for (auto id : changes.parked) {
      EXPECT_TRUE(jobs.at(id).running);
      jobs.at(id).running = false;
      ++jobs.at(id).parked;
    }
    for (auto id : changes.begun) {
      EXPECT_FALSE(jobs.at(id).running);
      jobs.at(id).running = true;
    }
    std::uint32_t held = 0;
    std::uint32_t largest_waiting = 0;
    for (auto& [id, job] : jobs) {
      if (job.running) held += job.asked.choices;
      if (!job.running) largest_waiting = std::max(largest_waiting, job.asked.choices);
    }
    EXPECT_LE(held, limits.sequences) << "more sequences given than there are";
    if (largest_waiting == 1) {
      EXPECT_EQ(held, limits.sequences) << "somebody waits beside a free sequence";
    }

    auto shares = scheduler.compose(answers_beside);
    EXPECT_EQ(shares.empty(), held == 0) << "not work-conserving";
    if (shares.empty()) return false;
    double seconds = 0, prompt = 0;
    std::uint32_t answers = 0;
    std::map<std::string, double> prompts_of, answers_of;
    std::set<Scheduler::Id> seen;
    for (auto& share : shares) {
      EXPECT_TRUE(seen.insert(share.id).second) << "twice in one step";
      Job& job = jobs.at(share.id);
      EXPECT_TRUE(job.running);
      EXPECT_EQ(job.asked.adapter, jobs.at(shares.front().id).asked.adapter) << "two adapters in one step";
      if (share.prompt_tokens > 0) {
        EXPECT_LE(job.prompt_done + share.prompt_tokens, job.asked.prompt_tokens);
        prompt += share.prompt_tokens;
        double look = share.prompt_tokens < 64 ? per_depth : per_depth_large.value_or(per_depth);
        double takes = share.prompt_tokens * (per_prompt_token + look * (job.prompt_done + share.prompt_tokens / 2.0));
        prompts_of[job.asked.payer.tenant] += takes;
        seconds += takes;
      } else {
        EXPECT_EQ(job.prompt_done, job.asked.prompt_tokens) << "answers before its prompt is computed";
        answers += job.asked.choices;
        answers_of[job.asked.payer.tenant] += job.asked.choices;
      }
    }
    EXPECT_LE(prompt + answers, limits.most_batch);
    double decode = answers > 0 ? 0.005 + 0.0025 * answers : 0;
    seconds += decode;
    for (auto& [tenant, takes] : prompts_of) served[tenant] += takes;
    for (auto& [tenant, count] : answers_of) served[tenant] += decode * count / answers;
    now += seconds;
    longest = std::max(longest, seconds);
    if (answers > 0) longest_with_answers = std::max(longest_with_answers, seconds);
    scheduler.computed(shares, seconds);
    for (auto& share : shares) {
      Job& job = jobs.at(share.id);
      bool spoke = share.prompt_tokens == 0;
      job.prompt_done += share.prompt_tokens;
      if (spoke) said[job.asked.payer.tenant] += job.asked.choices;
      if (spoke) {
        ++job.said;
        if (job.first_token < 0) job.first_token = now;
        if (job.last_token >= 0) gaps.push_back(now - job.last_token);
        job.last_token = now;
        if (job.said == job.will_say) {
          job.ended = now;
          scheduler.remove(share.id);
          done.push_back(job);
          jobs.erase(share.id);
        }
      }
    }
    return true;
  }

  SchedulerLimits limits;
  Scheduler scheduler;
  bool answers_beside = false;
  double per_prompt_token = 0.001, per_depth = 3e-7;
  std::optional<double> per_depth_large;  // in pieces of 64 and more
  double now = 0, longest = 0, longest_with_answers = 0;
  std::map<Scheduler::Id, Job> jobs;
  std::vector<Job> done;
  std::map<std::string, double> served;  // seconds
  std::map<std::string, double> said;    // tokens
  std::vector<double> gaps;
  Scheduler::Id next_id = 1;
};

constexpr SchedulerLimits eight{.sequences = 8};

TEST(Scheduler, ThousandsOfRandomArrivalsAllEndAndTheInvariantsHold) {
  std::mt19937 random(7);
  for (int round = 0; round < 20; ++round) {
    Machine machine({.sequences = 1 + static_cast<std::uint32_t>(random() % 12)});
    int added = 0;
    for (int steps = 0; steps < 400'000; ++steps) {
      if (added < 300 && random() % 3 == 0) {
        ++added;
        auto choices = std::min<std::uint32_t>(machine.limits.sequences, random() % 10 == 0 ? 1 + random() % 4 : 1);
        machine.add("t" + std::to_string(random() % 5), 1 + random() % (random() % 20 == 0 ? 3000 : 200),
                    1 + random() % 100, random() % 4 == 0 ? Urgency::batch : Urgency::interactive, choices);
      }
      if (!machine.step() && added == 300) break;
      if (testing::Test::HasFailure()) FAIL() << "round " << round << ", step " << steps;
    }
    EXPECT_EQ(machine.done.size(), 300u) << "somebody starved in round " << round;
  }
}

TEST(Scheduler, TenantsAreServedByTheirWeightWhileBothHaveWork) {
  for (double weight : {3.0, 7.0, 0.5}) {
    Machine machine(eight, {{.tenant = "named", .project = "", .weight = weight}});
    for (int i = 0; i < 200; ++i) {
      machine.add("named", 60, 80);
      machine.add("other", 60, 80);
    }
    while (machine.now < 40) ASSERT_TRUE(machine.step());
    for (const Scheduler::Standing& one : machine.scheduler.standings())
      EXPECT_GT(one.waiting, 0u) << "or there was nothing to share";
    double ratio = machine.served["named"] / machine.served["other"];
    EXPECT_NEAR(ratio / weight, 1, 0.1) << weight;
  }
}

TEST(Scheduler, WhatAWeightyTenantDoesNotNeedOthersGet) {
  Machine machine(eight, {{.tenant = "named", .project = "", .weight = 100}});
  for (int i = 0; i < 40; ++i) machine.add("other", 60, 80);
  machine.add("named", 60, 80);
  while (machine.step()) {
  }
  EXPECT_EQ(machine.done.size(), 41u);
}

TEST(Scheduler, WhoWeighsLittleIsPromisedWhatItGets) {
  for (double weight : {1.0, 10.0, 100.0}) {
    Machine machine(eight, {{.tenant = "named", .project = "", .weight = weight}});
    auto step = [&] {
      while (machine.jobs.size() < 20) machine.add("named", 120, 96);
      ASSERT_TRUE(machine.step());
    };
    while (machine.now < 10) step();
    // The second one comes while the first is answered: together they are ahead, and wait for the other to catch up.
    for (bool first : {true, false}) {
      Scheduler::Asked asked{.payer = {.tenant = "small", .project = "p", .key = "k", .tenant_name = "small"},
                             .prompt_tokens = 60,
                             .most_said = 4};
      Scheduler::Outlook outlook = machine.scheduler.outlook(asked);
      EXPECT_TRUE(outlook.admitted) << weight;
      if (first) {
        EXPECT_LT(outlook.first_token_seconds, 0.2) << "at once, whatever it weighs: " << weight;
      }
      double came = machine.now;
      Scheduler::Id id = machine.add("small", asked.prompt_tokens, asked.most_said);
      double took = -1;
      while (took < 0) {
        step();
        if (auto job = machine.jobs.find(id); job == machine.jobs.end() || job->second.first_token >= 0) {
          took = machine.now - came;
        }
      }
      EXPECT_LT(outlook.first_token_seconds, 2 * took + 0.2) << weight << ", " << first;
      if (first) {
        EXPECT_LT(took, 0.4) << weight;
      }
    }
  }
}

// A tenant's part is never less than one sequence: where each holds its part, nobody gives one back to who comes.
TEST(Scheduler, WhoComesWhereNobodyHoldsTooMuchIsToldToWait) {
  Machine machine({.sequences = 2}, {{.tenant = "named", .project = "", .weight = 100}});
  for (int i = 0; i < 40; ++i) machine.add("named", 60, 64);  // so that it knows its speed, and how long answers are
  while (machine.step()) {
  }
  machine.add("named", 60, 64);
  machine.add("small", 60, 64);
  for (int i = 0; i < 4; ++i) machine.step();
  Scheduler::Asked asked{.payer = {.tenant = "new", .project = "p", .key = "k"}, .prompt_tokens = 60, .most_said = 4};
  EXPECT_GT(machine.scheduler.outlook(asked).first_token_seconds, 0.4);
  asked.payer = {.tenant = "named", .project = "p", .key = "k", .tenant_name = "named"};
  EXPECT_GT(machine.scheduler.outlook(asked).first_token_seconds, 0.4);
}

TEST(FairShare, ProjectsShareTheirTenantsPartByWeight) {
  FairShare fair({{.tenant = "t", .project = "", .weight = 3}, {.tenant = "t", .project = "big", .weight = 2}});
  auto open = [&](const char* tenant, const char* project) {
    FairShare::Account& account = fair.account(
        {.tenant = tenant, .project = project, .key = "k", .tenant_name = tenant, .project_name = project});
    fair.enter(account);
    return &account;
  };
  FairShare::Account *big = open("t", "big"), *small = open("t", "small"), *other = open("o", "big");
  EXPECT_DOUBLE_EQ(fair.part_of(*big), 0.75);
  EXPECT_DOUBLE_EQ(fair.part_of({.tenant = "new", .project = "p", .key = "k"}), 0.2);
  std::map<FairShare::Account*, int> turns;
  for (int i = 0; i < 1200; ++i) {
    FairShare::Account* first = big;
    for (FairShare::Account* one : {small, other}) first = FairShare::before(*one, *first) ? one : first;
    fair.charge(*first, 1);
    ++turns[first];
  }
  EXPECT_NEAR(turns[big], 600, 3);
  EXPECT_NEAR(turns[small], 300, 3);
  EXPECT_NEAR(turns[other], 300, 3) << "the weight of a project is that tenant's alone";
}

TEST(Scheduler, WorkOfManyAdaptersAllEndsAndNoStepMixesIt) {
  std::mt19937 random(11);
  for (int round = 0; round < 10; ++round) {
    Machine machine({.sequences = 2 + static_cast<std::uint32_t>(random() % 12)});
    int added = 0;
    for (int steps = 0; steps < 400'000; ++steps) {
      if (added < 300 && random() % 3 == 0) {
        ++added;
        machine.add("t" + std::to_string(random() % 5), 1 + random() % (random() % 20 == 0 ? 3000 : 200),
                    1 + random() % 100, random() % 4 == 0 ? Urgency::batch : Urgency::interactive, 1, random() % 4);
      }
      if (!machine.step() && added == 300) break;
      if (testing::Test::HasFailure()) FAIL() << "round " << round << ", step " << steps;
    }
    EXPECT_EQ(machine.done.size(), 300u) << "somebody starved in round " << round;
  }
}

TEST(Scheduler, AnswersOfTwoAdaptersAlternateAndNeitherWaitsMuchLongerThanHalfTheGap) {
  Machine machine(eight);
  for (int i = 0; i < 7; ++i) machine.add("many", 10, 200, Urgency::interactive, 1, 1);
  Scheduler::Id one = machine.add("one", 10, 200, Urgency::interactive, 1, 2);
  while (machine.step() && machine.jobs.contains(one)) {
  }
  double longest = *std::ranges::max_element(machine.gaps);
  EXPECT_LT(longest, eight.answer_gap / 2 + 0.06) << "half of the gap and one step of each";
  EXPECT_FALSE(machine.jobs.contains(one));
  for (auto& [id, job] : machine.jobs) EXPECT_GT(job.said, 20u);
}

TEST(Scheduler, APromptForOneAdapterLeavesTheAnswersOfAnotherTheirGap) {
  Machine machine(eight);
  for (int i = 0; i < 60; ++i) machine.add("t", 200, 4);  // so that it knows its speed
  while (machine.step()) {
  }
  machine.gaps.clear();
  machine.add("talks", 10, 300, Urgency::interactive, 1, 1);
  Scheduler::Id book = machine.add("reads", 3000, 1, Urgency::interactive, 1, 2);
  while (machine.jobs.contains(book)) ASSERT_TRUE(machine.step());
  EXPECT_LT(*std::ranges::max_element(machine.gaps), 1.5 * eight.answer_gap);
  EXPECT_LT(machine.now, 30) << "and the prompt gets on";
}

TEST(Scheduler, PromptsLeaveAnotherModelsAnswersTheirGap) {
  Machine machine(eight);
  for (int i = 0; i < 60; ++i) machine.add("t", 200, 4);  // so that it knows its speed
  while (machine.step()) {
  }
  machine.longest = 0;
  machine.add("t", 3000, 1);
  while (machine.step()) {
  }
  EXPECT_GT(machine.longest, 2 * eight.answer_gap) << "alone, in large pieces";
  machine.longest = 0;
  machine.answers_beside = true;
  machine.add("t", 3000, 1);
  while (machine.step()) {
  }
  EXPECT_LT(machine.longest, 1.3 * eight.answer_gap);
}

TEST(Scheduler, ProposalsBesideAPromptLeaveAnswersTheirGap) {
  Machine machine(eight);
  for (int i = 0; i < 60; ++i) machine.add("t", 200, 40);  // so that it knows its speed
  while (machine.step()) {
  }
  Scheduler& scheduler = machine.scheduler;
  machine.add("t", 10, 300);
  machine.step();
  machine.step();
  auto shares = scheduler.compose();
  ASSERT_EQ(shares.size(), 1u);
  EXPECT_EQ(scheduler.room_for_proposals(shares, 100), 100u) << "nothing but the answer is in it";
  scheduler.computed(shares, 0.1);

  machine.add("t", 3000, 1);
  scheduler.change_places();
  auto read = [&] {
    auto all = scheduler.compose();
    return std::ranges::max(all, {}, &Scheduler::Share::prompt_tokens).prompt_tokens;
  };
  std::uint32_t before = read();
  shares = scheduler.compose();
  std::uint32_t room = scheduler.room_for_proposals(shares, 100);
  EXPECT_LT(room, 50u);
  EXPECT_EQ(scheduler.room_for_proposals(shares, room / 2), room / 2);
  for (int i = 0; i < 30; ++i) scheduler.room_for_proposals(shares, 12);
  EXPECT_LT(read(), before) << "what is usually wished is left room for";
  EXPECT_EQ(scheduler.room_for_proposals(scheduler.compose(), 12), 12u);
}

// On a machine on which pieces of 64 tokens and more are much cheaper, a prompt that began beside an answer.
TEST(Scheduler, APromptThatIsAloneIsReadInLargePiecesAlsoWhereNoneWasSeenSoDeep) {
  Machine machine(eight);
  machine.per_depth = 4e-6;
  machine.per_depth_large = 1e-6;
  for (int i = 0; i < 60; ++i) machine.add("t", 200, 40);
  while (machine.step()) {
  }
  machine.add("t", 10, 60);
  Scheduler::Id book = machine.add("t", 8000, 1);
  while (machine.jobs.size() > 1) ASSERT_TRUE(machine.step());
  std::uint32_t beside = machine.jobs.at(book).prompt_done;
  double began = machine.now;
  while (machine.step()) {
  }
  EXPECT_GT(beside, 800u);
  EXPECT_LT(machine.now - began, (8000 - beside) * 0.009) << "small ones would take 0.02 s a token on the average";
}

TEST(Scheduler, TimeThatGoesToOtherModelsIsPartOfWhatIsPromised) {
  Machine alone(eight), beside(eight);
  for (Machine* machine : {&alone, &beside}) {
    for (int i = 0; i < 60; ++i) machine->add("t", 200, 40);
    for (int i = 0; i < 100; ++i) {
      double began = machine->now;
      machine->step();
      if (machine == &beside) machine->scheduler.others_computed(machine->now - began);
    }
  }
  Scheduler::Asked asked{.payer = {.tenant = "u", .project = "p", .key = "k"}, .prompt_tokens = 500, .most_said = 8};
  EXPECT_GT(beside.scheduler.outlook(asked).first_token_seconds,
            1.8 * alone.scheduler.outlook(asked).first_token_seconds);
}

TEST(Scheduler, TwoTenantsWithWorkGetTheSameHoweverManyConnectionsEachHas) {
  Machine machine(eight);
  auto keep = [&](const std::string& tenant, std::size_t connections) {
    auto now = std::ranges::count_if(machine.jobs, [&](auto& job) { return job.second.asked.payer.tenant == tenant; });
    for (auto i = static_cast<std::size_t>(now); i < connections; ++i) machine.add(tenant, 100, 64);
  };
  double largest = 0;
  for (int step = 0; step < 20'000; ++step) {
    keep("greedy", 20);
    keep("modest", 4);
    machine.step();
    largest = std::max(largest, std::abs(machine.served["greedy"] - machine.served["modest"]));
  }
  // As in the paper, a bound of what is in the machine at once, however long it goes on: the slack, a step, and what
  // parked answers of a tenant may have been given before.
  EXPECT_LT(largest, 1.0);
  EXPECT_GT(machine.served["modest"], 100);
}

TEST(Scheduler, TwoConnectionsGetTheirHalfBesideTwenty) {
  auto keep = [](Machine& machine, const std::string& tenant, long connections) {
    auto now = std::ranges::count_if(machine.jobs, [&](auto& job) { return job.second.asked.payer.tenant == tenant; });
    for (; now < connections; ++now) machine.add(tenant, 120, 96);
  };
  // Tokens a second, the first seconds left out.
  auto speeds = [&](long greedy, long modest) {
    Machine machine(eight);
    double from = 0;
    std::map<std::string, double> before;
    while (machine.now < 200) {
      keep(machine, "greedy", greedy);
      keep(machine, "modest", modest);
      machine.step();
      if (from == 0 && machine.now > 20) {
        from = machine.now;
        before = machine.said;
      }
    }
    auto speed = [&](const char* tenant) { return (machine.said[tenant] - before[tenant]) / (machine.now - from); };
    return std::pair(speed("greedy"), speed("modest"));
  };
  double alone = speeds(0, 2).second, others_alone = speeds(20, 0).first;
  auto [greedy, modest] = speeds(20, 2);
  EXPECT_GT(modest, 0.85 * std::min(alone, (greedy + modest) / 2)) << greedy << " " << modest << " " << alone;
  EXPECT_GT(greedy + modest, 0.85 * others_alone) << "smaller steps cost something, but not much";
}

TEST(Scheduler, AModestTenantHardlyNoticesAGreedyOne) {
  Machine machine(eight);
  double worst = 0, sum = 0;
  int asked = 0;
  for (int i = 0; i < 20; ++i) machine.add("greedy", 120, 100);
  for (int step = 0; step < 30'000; ++step) {
    while (machine.jobs.size() < 20) machine.add("greedy", 120, 100);
    bool has = std::ranges::any_of(machine.jobs, [](auto& job) { return job.second.asked.payer.tenant == "modest"; });
    if (!has) machine.add("modest", 120, 64);
    machine.step();
  }
  for (auto& job : machine.done) {
    if (job.asked.payer.tenant != "modest") continue;
    worst = std::max(worst, job.first_token - job.arrived);
    sum += job.first_token - job.arrived;
    ++asked;
  }
  ASSERT_GT(asked, 50);
  EXPECT_LT(sum / asked, 0.5);
  EXPECT_LT(worst, 0.8) << "its prompt alone takes 0.12 s, a step up to 0.1 s";
}

TEST(Scheduler, ALongPromptDoesNotFreezeAnyAnswer) {
  Machine machine(eight);
  for (int step = 0; step < 20'000; ++step) {
    while (machine.jobs.size() < 7) machine.add("a", 100, 100);
    if (step % 2000 == 500) machine.add("a", 4000, 50);
    machine.step();
    if (step == 200) {  // learnt by now
      machine.longest_with_answers = 0;
      machine.gaps.clear();
    }
  }
  EXPECT_LT(machine.longest_with_answers, 1.5 * machine.limits.answer_gap);
  std::ranges::sort(machine.gaps);
  EXPECT_LT(machine.gaps[machine.gaps.size() * 99 / 100], 0.2);
  auto longs = std::ranges::count_if(machine.done, [](auto& job) { return job.asked.prompt_tokens == 4000; });
  EXPECT_GT(longs, 5) << "and the book is read, too";
}

TEST(Scheduler, ABurstMakesRoomForAnotherTenantBeforeItsPromptsAreComputed) {
  Machine machine(eight);
  for (int i = 0; i < 20; ++i) machine.add("greedy", 400, 50);
  machine.step();
  auto first = machine.add("modest", 100, 50), second = machine.add("modest", 100, 50);
  machine.step();
  EXPECT_TRUE(machine.jobs.at(first).running);
  EXPECT_TRUE(machine.jobs.at(second).running);
  // In one and the same step nothing begins and makes room again (Machine holds every step to that).
  for (const char* tenant : {"a", "b", "c", "d", "e"}) {
    for (int i = 0; i < 5; ++i) machine.add(tenant, 300, 20);
  }
  while (machine.step()) {
  }
  EXPECT_EQ(machine.done.size(), 47u);
}

TEST(Scheduler, BatchWorkMakesRoomAndGoesOnLater) {
  Machine machine({.sequences = 2});
  auto first = machine.add("a", 10, 500, Urgency::batch), second = machine.add("b", 10, 500, Urgency::batch);
  for (int i = 0; i < 50; ++i) machine.step();
  EXPECT_TRUE(machine.jobs.at(first).running && machine.jobs.at(second).running);
  auto urgent = machine.add("c", 10, 20);
  machine.step();
  EXPECT_TRUE(machine.jobs.at(urgent).running) << "at the next step";
  while (machine.step()) {
  }
  EXPECT_EQ(machine.done.size(), 3u);
  EXPECT_EQ(machine.done[0].asked.payer.tenant, "c");
}

TEST(Scheduler, WhoComesBackAfterAPauseHasNotSavedUpTurns) {
  Machine machine(eight);
  for (int step = 0; step < 5000; ++step) {
    while (machine.jobs.size() < 10) machine.add("busy", 50, 50);
    machine.step();
  }
  double before = machine.served["busy"];
  for (int step = 0; step < 5000; ++step) {
    auto count = [&](const char* tenant) {
      return std::ranges::count_if(machine.jobs, [&](auto& job) { return job.second.asked.payer.tenant == tenant; });
    };
    while (count("busy") < 10) machine.add("busy", 50, 50);
    while (count("back") < 10) machine.add("back", 50, 50);
    machine.step();
  }
  EXPECT_NEAR((machine.served["busy"] - before) / machine.served["back"], 1, 0.1);
}

TEST(Scheduler, TheOutlookRefusesWhatWouldWaitTooLongAndSaysWhenToComeAgain) {
  Machine machine({.sequences = 8, .patience = 2});
  int refused = 0, late = 0;
  std::mt19937 random(3);
  for (int step = 0; step < 30'000; ++step) {
    if (random() % 3 == 0) {  // far more than the machine can do
      Scheduler::Asked asked{
          .payer = {.tenant = "t", .project = "p", .key = "k"}, .prompt_tokens = 120, .most_said = 100};
      auto outlook = machine.scheduler.outlook(asked);
      if (outlook.admitted) {
        machine.add("t", 120, 100);
      } else {
        EXPECT_GE(outlook.retry_after_seconds, 1);
        ++refused;
      }
    }
    machine.step();
  }
  for (auto& job : machine.done) late += job.first_token - job.arrived > 2 * 1.5 ? 1 : 0;
  EXPECT_GT(refused, 100);
  ASSERT_GT(machine.done.size(), 100u);
  EXPECT_LT(static_cast<double>(late) / static_cast<double>(machine.done.size()), 0.02) << "promises are kept";
  // And the machine is not idle for caution: what it does at best, it still does.
  double tokens = 0;
  for (auto& job : machine.done) tokens += job.said;
  EXPECT_GT(tokens / machine.now, 100);
}

TEST(Scheduler, PlacesOfThoseWhoLeaveCountAsFree) {
  Machine machine({.sequences = 4, .patience = 2});
  for (int i = 0; i < 4; ++i) machine.add("a", 50, 5);
  while (machine.step()) {
  }
  for (int i = 0; i < 4; ++i) machine.add("a", 4000, 50);
  machine.step();
  for (auto& [id, job] : machine.jobs) machine.scheduler.set_leaving(id);
  for (std::uint32_t choices : {1U, 4U}) {
    auto outlook = machine.scheduler.outlook({.payer = {.tenant = "b", .project = "p", .key = "k"},
                                              .prompt_tokens = 10,
                                              .most_said = 10,
                                              .choices = choices});
    EXPECT_TRUE(outlook.admitted) << choices;
    EXPECT_LT(outlook.first_token_seconds, 1) << choices;
  }
}

TEST(Scheduler, QueuesAreBoundedPerTenant) {
  Machine machine({.sequences = 1, .waiting_per_tenant = 3, .patience = 1e9});
  Scheduler::Asked asked{.payer = {.tenant = "many", .project = "p", .key = "k"}, .prompt_tokens = 10, .most_said = 10};
  for (int i = 0; i < 4; ++i) machine.add("many", 10, 10);
  machine.step();
  EXPECT_FALSE(machine.scheduler.outlook(asked).admitted);
  asked.payer.tenant = "other";
  EXPECT_TRUE(machine.scheduler.outlook(asked).admitted);
}

TEST(Scheduler, ARestingAnswerKeepsItsPlaceAndTakesNoPart) {
  Machine machine({.sequences = 2});
  auto slow = machine.add("a", 10, 100), quick = machine.add("a", 10, 20);
  for (int i = 0; i < 5; ++i) machine.step();
  machine.scheduler.set_resting(slow, true);
  auto said = machine.jobs.at(slow).said;
  while (machine.jobs.contains(quick)) machine.step();
  EXPECT_EQ(machine.jobs.at(slow).said, said);
  machine.scheduler.set_resting(slow, false);
  while (machine.step()) {
  }
  EXPECT_EQ(machine.done.size(), 2u);
}

}  // namespace
}  // namespace entente::local
