// Checkup: the judgements of `entente doctor`, as pure functions from what was seen to findings with a way to mend
// them. doctor.cpp looks, these judge. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "app/reports/machine.hpp"
#include "audit/checkpoints/tlog_policy.hpp"
#include "base/clock.hpp"
#include "config/config.hpp"
#include "local/model/offload.hpp"
#include "net/certificate.hpp"

namespace entente::app {

struct Finding {
  enum class Level { good, worth_saying, wrong } level = Level::good;
  std::string area;  // "memory"
  std::string says;  // one sentence: what was seen
  std::string mend;  // how to mend it; empty when there is nothing to
};
using Findings = std::vector<Finding>;

// A model's file and how it is wanted: configured ones must fit, others may.
struct ModelNeed {
  std::string name;
  std::uint64_t file_bytes = 0;
  bool wanted = false;
};

Finding check_processor(const Machine& machine, const std::string& backends);
// `devices`: beside the processor, as ggml finds them.
Finding check_devices(const std::vector<local::Device>& devices, const config::Config& config);
Findings check_memory(const Machine& machine, std::span<const ModelNeed> models);
Findings check_limits(const Machine& machine, const config::Config& config);
Finding check_disk(const std::string& folder, std::uint64_t free_bytes, bool for_models);
Finding check_clock(Instant now);
Finding check_certificate(const net::CertificateInfo& certificate, Instant now);
// `variables`: the process's environment. Values are never shown.
Findings check_environment(const std::map<std::string, std::string>& variables);
// The notes as they lie in the log's folder; empty: there is none. `offered`: what waits for witnesses, or waited last.
Finding check_witnesses(const audit::TlogPolicy& policy, const std::string& published, const std::string& offered);
Findings check_exposure(const config::Config& config);

}  // namespace entente::app
