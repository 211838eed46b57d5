// The commands, as plain functions: command_line.cpp parses, these do. Each returns the exit code and prints for a
// person, or JSON for programs when `json` is set. Main thread only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/load.hpp"

namespace entente::app {

struct Common {
  std::filesystem::path config_file;  // --config
  bool json = false;                  // --json
};

int serve(const Common& common);

struct UpOptions {
  std::string model;                 // empty: the first configured one, else smollm2:135m, else what is installed
  std::filesystem::path model_file;  // imported first when the model is not installed; empty: $ENTENTE_DEFAULT_MODEL
  std::string question = "What is the capital of France? Answer with one sentence.";
};
int up(const Common& common, const UpOptions& options);

struct CreateKey {
  std::string name, tenant = "default", project = "default";
  std::vector<std::string> labels;
};
int keys_create(const Common& common, const CreateKey& wanted);
int keys_list(const Common& common);
int keys_revoke(const Common& common, const std::string& id_or_name);
int keys_link(const Common& common, const std::string& id_or_name);

int config_check(const Common& common);
int config_explain(const Common& common, const std::string& key);
int config_show(const Common& common, bool origin);
int config_docs();
int config_reload(const Common& common);

int models_list(const Common& common);
struct PullWanted {
  std::string what, name, sha256;
  bool allow_private = false;
};
int models_pull(const Common& common, const PullWanted& wanted);
int models_import(const Common& common, const std::filesystem::path& file, const std::string& name);
int models_show(const Common& common, const std::string& name);
struct TuneWanted {
  std::string name;
  std::string choose;               // a layout; empty: the person is asked, on a terminal
  std::filesystem::path text_file;  // to judge by; empty: our own text
};
int models_tune(const Common& common, const TuneWanted& wanted);
int models_remove(const Common& common, const std::string& name);

int usage(const Common& common, std::int64_t days);

int ps(const Common& common);
int quotas(const Common& common);

int policy_check(const Common& common);
int policy_profiles(const Common& common, const std::string& name);
int policy_register(const Common& common, const std::string& name);
struct LabelsWanted {
  std::filesystem::path file;  // "-": standard input; empty: the rules themselves are shown
  std::string tenant, project, key;
};
int policy_labels(const Common& common, const LabelsWanted& wanted);
struct ExplainWanted {
  std::string model, tenant, project, key, person, on;  // on: ISO date; empty: today
  std::vector<std::string> labels, policies;
  std::filesystem::path text;  // a file whose labels are added; empty: none
  bool tools = false, schema = false, vision = false;
};
int policy_explain(const Common& common, const ExplainWanted& wanted);
int policy_test(const Common& common, const std::filesystem::path& file);

struct SimulateWanted {
  std::filesystem::path with;                   // the changed configuration
  std::vector<std::filesystem::path> receipts;  // instead of the store's decisions
  std::int64_t days = 7;                        // how far back in the store
};
int policy_simulate(const Common& common, const SimulateWanted& wanted);

struct RouteWanted {
  std::string model;
  bool tools = false, schema = false, vision = false;
  std::uint64_t tokens = 0;  // of the prompt
};
int route_explain(const Common& common, const RouteWanted& wanted);
int deployments_list(const Common& common);
int deployments_test(const Common& common, const std::string& name);

struct VerifyWanted {
  std::filesystem::path what;     // a receipt, the folder of a log or of an export, …; empty: this server's log
  std::string key;                // the log's public key, or a file with it; empty: the one beside the log
  std::filesystem::path earlier;  // a checkpoint that was kept
  std::uint64_t from = 0;         // for a log: the first entry that is published
  std::filesystem::path log;      // for a receipt: the folder of the log, to see that what it cites was not superseded
  std::filesystem::path answer,
      request;                   // for a receipt: files with the answer's text, and with the body as it was sent
  bool replay = false;           // for a receipt: run its decisions again
  std::filesystem::path body;    // for a receipt: the answer's body as it was received
  std::filesystem::path stream;  // a stream as it was received: its signed heads
  std::vector<std::filesystem::path> receipts;  // for the head of a day: that it must know of
  std::filesystem::path policy;                 // a tlog-policy file: whose cosignatures the checkpoint must have
};
int verify(const Common& common, const VerifyWanted& wanted);
struct DiscloseWanted {
  std::filesystem::path receipt;
  std::vector<std::string> only;  // candidates, by the names of their deployments
  bool without_policies = false;
};
int receipt_disclose(const Common& common, const DiscloseWanted& wanted);
struct ProofsWanted {
  std::filesystem::path receipt, folder;
};
int receipt_proofs(const Common& common, const ProofsWanted& wanted);

struct RegisterWanted {
  std::string form = "gdpr";  // or "dora"
  std::string from, to;       // ISO dates; empty: the beginning, and now. `to` is the first day on which it ends
};
int audit_register(const Common& common, const RegisterWanted& wanted);
struct ExportWanted {
  std::filesystem::path folder;  // that is made
  std::string tenant = "default";
  std::string from, to;  // the first and the last day; empty: the first there is, and yesterday
};
int audit_export(const Common& common, const ExportWanted& wanted);

// Whom records are about. `name`: as `subjects list` shows it.
struct SubjectWanted {
  std::string name, tenant = "default", ground;
  bool key = false;  // it is a key of ours, not a person
};
int subjects_list(const Common& common);
int subjects_erase(const Common& common, const SubjectWanted& wanted);
int subjects_hold(const Common& common, const SubjectWanted& wanted);
int subjects_release(const Common& common, const SubjectWanted& wanted);
struct BackupWanted {
  std::filesystem::path file, key;
};
int subjects_offline_key(const Common& common, const std::filesystem::path& file);
int subjects_backup(const Common& common, const BackupWanted& wanted);
int subjects_restore(const Common& common, const BackupWanted& wanted);

int version(const Common& common);
int doctor(const Common& common);

struct RunOptions {
  std::string model, prompt;
  std::optional<double> temperature;
  std::optional<std::uint32_t> max_tokens;
  std::optional<std::uint64_t> seed;
};
int run_model(const Common& common, const RunOptions& options);

}  // namespace entente::app
