#include "local/scheduling/turns.hpp"

#include <gmock/gmock.h>

namespace entente::local {
namespace {

using testing::ElementsAre;

TEST(Turns, WhoUsedLeastGoesFirst) {
  Turns turns;
  for (Turns::Id id : {1, 2, 3}) turns.add(id);
  turns.used(1, 0.5);
  turns.used(2, 0.2);
  turns.used(3, 0.3);
  EXPECT_THAT(turns.order(), ElementsAre(2, 3, 1));
  turns.remove(3);
  EXPECT_THAT(turns.order(), ElementsAre(2, 1));
}

TEST(Turns, TimeIsSharedEquallyHoweverLongTheSteps) {
  Turns turns;
  std::map<Turns::Id, double> step{{1, 0.01}, {2, 0.16}, {3, 0.05}}, time;
  for (auto [id, seconds] : step) turns.add(id);
  for (int i = 0; i < 10'000; ++i) {
    Turns::Id id = turns.order().front();
    turns.used(id, step[id]);
    time[id] += step[id];
  }
  for (auto [id, seconds] : time) EXPECT_NEAR(seconds, time[1], 0.17) << id;
}

TEST(Turns, WhoRestedHasSavedNothingUp) {
  Turns turns;
  for (Turns::Id id : {1, 2}) turns.add(id);
  turns.used(1, 1);
  turns.used(2, 1);
  turns.had_nothing(2);
  for (int i = 0; i < 100; ++i) turns.used(1, 1);
  EXPECT_THAT(turns.order(), ElementsAre(2, 1)) << "who comes is served at once";
  turns.used(2, 1);
  EXPECT_THAT(turns.order(), ElementsAre(1, 2)) << "and then they take turns";
}

TEST(Turns, WhoWorkedAloneOwesNothingToWhoComesLater) {
  Turns turns;
  for (Turns::Id id : {1, 2}) turns.add(id);
  for (int i = 0; i < 100; ++i) turns.used(1, 1);
  turns.had_nothing(1);
  turns.used(2, 1);
  turns.used(1, 1);
  EXPECT_THAT(turns.order(), ElementsAre(2, 1));
  turns.used(2, 1.5);
  EXPECT_THAT(turns.order(), ElementsAre(1, 2)) << "not after a hundred seconds";
}

}  // namespace
}  // namespace entente::local
