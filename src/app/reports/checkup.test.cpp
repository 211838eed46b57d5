#include "app/reports/checkup.hpp"

#include <chrono>
#include <filesystem>
#include <format>
#include <fstream>

#include <gmock/gmock.h>
#include <unistd.h>

#include "audit/checkpoints/checkpoint.hpp"
#include "base/test_folder.hpp"

namespace entente::app {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Level = Finding::Level;

constexpr std::uint64_t gb = 1'000'000'000;

Machine small_machine() {
  return {.processor = "Some CPU",
          .features = {"avx2"},
          .cores = 4,
          .cpu_quota = std::nullopt,
          .memory = 8 * gb,
          .memory_available = 4 * gb,
          .memory_limit = std::nullopt,
          .memory_used = std::nullopt,
          .open_files = 1'000'000};
}

TEST(Checkup, AWishForADeviceThatIsNotThereIsSaid) {
  config::Config config;
  EXPECT_EQ(check_devices({}, config).level, Level::good);
  EXPECT_THAT(check_devices({}, config).says, HasSubstr("No device beside the processor is found"));
  config.engine.gpu_layers = 0;
  EXPECT_EQ(check_devices({}, config).level, Level::good);
  config.engine.gpu_layers = 20;
  EXPECT_EQ(check_devices({}, config).level, Level::worth_saying);
  Finding found = check_devices({{.name = "Vulkan0", .description = "A card", .free_bytes = 8 * gb}}, config);
  EXPECT_EQ(found.says, "Vulkan0 (A card), 8.0 GB of memory free.");
}

TEST(Checkup, ModelsThatFitAreGood) {
  ModelNeed models[] = {{.name = "small", .file_bytes = gb / 10, .wanted = true}};
  EXPECT_THAT(check_memory(small_machine(), models), ElementsAre(Field(&Finding::level, Level::good)));
}

TEST(Checkup, AConfiguredModelThatCanNeverFitIsWrong) {
  ModelNeed models[] = {{.name = "huge", .file_bytes = 20 * gb, .wanted = true}};
  Findings found = check_memory(small_machine(), models);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].level, Level::wrong);
  EXPECT_THAT(found[0].says, HasSubstr("huge needs about"));
}

TEST(Checkup, AnInstalledModelThatNobodyConfiguredOnlyWarns) {
  ModelNeed models[] = {{.name = "huge", .file_bytes = 20 * gb, .wanted = false}};
  EXPECT_THAT(check_memory(small_machine(), models), ElementsAre(Field(&Finding::level, Level::worth_saying)));
}

TEST(Checkup, ModelsThatFitAloneButNotTogetherWarn) {
  ModelNeed models[] = {{.name = "a", .file_bytes = 2 * gb, .wanted = true},
                        {.name = "b", .file_bytes = 2 * gb, .wanted = true}};
  Findings found = check_memory(small_machine(), models);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_THAT(found[0].says, HasSubstr("together"));
}

TEST(Checkup, TheContainersLimitCountsNotTheMachines) {
  Machine machine = small_machine();
  machine.memory_limit = gb;
  machine.memory_used = gb / 2;
  EXPECT_EQ(machine.memory_left(), gb / 2);
  machine.memory_used = 2 * gb;  // reclaim lags behind
  EXPECT_EQ(machine.memory_left(), 0U);
}

TEST(Checkup, AQuotaBelowTheCoresAsksForFewerThreads) {
  Machine machine = small_machine();
  machine.cpu_quota = 1.5;
  config::Config config;
  Findings found = check_limits(machine, config);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].level, Level::worth_saying);
  EXPECT_THAT(found[0].mend, HasSubstr("engine.threads = 1"));
  config.engine.threads = 1;
  EXPECT_EQ(check_limits(machine, config)[0].level, Level::good);
}

TEST(Checkup, TooFewOpenFilesWarn) {
  Machine machine = small_machine();
  machine.open_files = 1024;
  EXPECT_THAT(check_limits(machine, {}), ElementsAre(Field(&Finding::area, "open files")));
}

TEST(Checkup, NoBackEndIsWrongAndNoVectorsWarn) {
  Machine machine = small_machine();
  EXPECT_EQ(check_processor(machine, "CPU").level, Level::good);
  EXPECT_EQ(check_processor(machine, "").level, Level::wrong);
  machine.features.clear();
  EXPECT_EQ(check_processor(machine, "CPU").level, Level::worth_saying);
}

TEST(Checkup, DiskAndClock) {
  EXPECT_EQ(check_disk("/x", 10'000'000, false).level, Level::wrong);
  EXPECT_EQ(check_disk("/x", gb, true).level, Level::worth_saying);
  EXPECT_EQ(check_disk("/x", gb, false).level, Level::good);
  EXPECT_EQ(check_clock(Instant{}).level, Level::wrong);
  EXPECT_EQ(check_clock(std::chrono::sys_days(std::chrono::year(2027) / 1 / 1)).level, Level::good);
}

TEST(Checkup, CertificatesBeforeDuringAndAfterTheirTime) {
  using namespace std::chrono;
  net::CertificateInfo certificate{
      .subject = "CN=a", .not_before = sys_days(year(2027) / 1 / 1), .not_after = sys_days(year(2027) / 4 / 1)};
  EXPECT_EQ(check_certificate(certificate, sys_days(year(2026) / 12 / 31)).level, Level::wrong);
  EXPECT_EQ(check_certificate(certificate, sys_days(year(2027) / 1 / 1)).level, Level::good);
  EXPECT_EQ(check_certificate(certificate, sys_days(year(2027) / 3 / 25)).level, Level::worth_saying);
  EXPECT_EQ(check_certificate(certificate, sys_days(year(2027) / 4 / 1)).level, Level::wrong);
}

TEST(Checkup, MisspelledVariablesAreNamedAndValuesNeverShown) {
  Findings found = check_environment({{"ENTENTE_MODLES", "secret"}, {"ENTENTE_STATE", "secret"}, {"HOME", "/"}});
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_THAT(found[0].mend, HasSubstr("ENTENTE_MODELS"));
  for (const Finding& finding : found) EXPECT_EQ((finding.says + finding.mend).find("secret"), std::string::npos);
  EXPECT_THAT(check_environment({{"HOME", "/"}}), IsEmpty());
}

TEST(Checkup, BeyondThisMachineWantsTlsAndAName) {
  config::Config config;
  EXPECT_THAT(check_exposure(config), IsEmpty());
  config.server.listen = {"0.0.0.0:8080"};
  EXPECT_THAT(check_exposure(config), SizeIs(2));
  config.server.tls_certificate = "/etc/tls.crt";
  config.server.allowed_hosts = {"ai.example.org"};
  EXPECT_THAT(check_exposure(config), IsEmpty());
}

// A /proc and a /sys/fs/cgroup of our own.
TEST(Checkup, ReadsTheLimitsOfEveryGroupAboveTheProcess) {
  namespace fs = std::filesystem;
  TestFolder root;
  auto write = [&](const fs::path& file, std::string_view text) { root.write(file, text); };
  write("proc/cpuinfo",
        "processor\t: 0\nmodel name\t: Test 3000\nflags\t\t: fpu avx2 f16c sse2\n\nprocessor\t: 1\nmodel name\t: "
        "Other\n");
  write("proc/meminfo", "MemTotal:       8000000 kB\nMemAvailable:   5000000 kB\n");
  write("proc/self/cgroup", "0::/outer/inner\n");
  write("sys/fs/cgroup/outer/inner/memory.max", "max\n");
  write("sys/fs/cgroup/outer/memory.max", "2000000000\n");
  write("sys/fs/cgroup/outer/memory.current", "500000000\n");
  write("sys/fs/cgroup/outer/inner/cpu.max", "150000 100000\n");
  write("sys/fs/cgroup/outer/cpu.max", "max 100000\n");
  Machine machine = look_at_machine(root.path());
  EXPECT_EQ(machine.processor, "Test 3000");
  EXPECT_THAT(machine.features, ElementsAre("avx2", "f16c"));
  EXPECT_EQ(machine.memory, 8'192'000'000U);
  EXPECT_EQ(machine.memory_limit, 2'000'000'000U);
  EXPECT_EQ(machine.memory_left(), 1'500'000'000U);
  EXPECT_EQ(machine.cpu_quota, 1.5);
}

TEST(Checkup, WitnessesThatAreMissingAreNamed) {
  audit::NoteSigner log("example.org/log", audit::Seed{});
  audit::Cosigner north("north.example", audit::Seed{1}), south("south.example", audit::Seed{2});
  auto policy = audit::TlogPolicy::parse(
      std::format("witness north {}\nwitness south {}\ngroup both all north south\nquorum both\n",
                  north.verifier().text(), south.verifier().text()));
  ASSERT_TRUE(policy);
  std::chrono::sys_seconds at{std::chrono::seconds(1'800'000'000)};
  auto text = [](std::uint64_t size) {
    return audit::checkpoint_text({.origin = "example.org/log", .tree = {.size = size, .root = {}}});
  };
  std::string published = log.sign(text(7)) + north.cosign(text(7), at) + south.cosign(text(7), at);
  EXPECT_EQ(check_witnesses(*policy, "", "").level, Level::good);
  Finding good = check_witnesses(*policy, published, published);
  EXPECT_EQ(good.level, Level::good);
  EXPECT_EQ(good.says, "The log's checkpoint of 7 entries is cosigned by north, south.");
  Finding waits = check_witnesses(*policy, published, log.sign(text(10)) + north.cosign(text(10), at));
  EXPECT_EQ(waits.level, Level::worth_saying);
  EXPECT_EQ(waits.says,
            "3 of the log's 10 entries wait for witnesses: cosigned by north, missing south; 2 of north, "
            "south are needed.");
  EXPECT_EQ(check_witnesses(*policy, log.sign(text(7)), "").level, Level::worth_saying)
      << "published before it was asked";
  EXPECT_EQ(check_witnesses(*policy, log.sign(text(8)) + north.cosign(text(7), at), "").level, Level::wrong);
}

}  // namespace
}  // namespace entente::app
