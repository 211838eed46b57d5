// OpenAI's batches: a file of lines, each a request, becomes a file of answers and one of failures. The request, the
// lines of the three files, and the Batch as clients see it and as it is kept. Reference: OpenAI API reference,
// "Batch". Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/result.hpp"
#include "domain/usage.hpp"

namespace entente::wire {

enum class BatchStatus { validating, failed, in_progress, finalizing, completed, expired, cancelling, cancelled };
std::string_view to_string(BatchStatus status);
bool is_over(BatchStatus status);

struct BatchProblem {
  std::string code, message, param;
  std::int64_t line = 0;  // from 1; 0: of no line
};

struct Batch {
  std::string id;  // "batch_…"
  std::string endpoint, input_file, window;
  std::string metadata;                 // a JSON object, or "null"
  std::string output_file, error_file;  // their ids from the start; shown when the files are there
  bool has_output = false, has_errors = false;
  BatchStatus status = BatchStatus::validating;
  std::vector<BatchProblem> problems;
  // Seconds since 1970 when it came to be so; 0: it did not.
  std::int64_t created = 0, in_progress = 0, expires = 0, finalizing = 0, completed = 0, failed = 0, expired = 0,
               cancelling = 0, cancelled = 0;
  std::int64_t total = 0, answered = 0, refused = 0;  // lines
  Usage usage;
  std::int64_t results_live = 0;  // seconds, where the client says so; not shown
  // Not shown: whose it is, and what the request that made it added, which narrows each line.
  std::string project, key;
  std::vector<std::string> labels, policies;
};

struct BatchRequest {
  std::string input_file, endpoint, window;
  std::string metadata = "null";
  std::int64_t results_live = 0;  // seconds; 0: as long as files do here
};

Result<BatchRequest> decode_batch_request(std::string_view body);

struct BatchLine {
  std::string name;  // custom_id
  std::string body;  // the request
};

// What the file asks for, or what is wrong with it, line by line.
struct BatchLines {
  std::vector<BatchLine> lines;
  std::vector<BatchProblem> problems;
};
BatchLines read_batch_lines(std::string_view file, std::string_view endpoint);

// Lines of the two files of results, each with its end. `answer` is JSON: what the route would have replied.
std::string batch_answer_line(std::string_view id, std::string_view name, unsigned status, std::string_view request,
                              std::string_view answer);
std::string batch_failure_line(std::string_view id, std::string_view name, std::string_view code,
                               std::string_view message);
// What a line of results says, as far as a batch that goes on needs it; no name: it is none.
struct BatchResult {
  std::string name;
  Usage usage;
};
BatchResult read_result(std::string_view line);

std::string encode_batch(const Batch& batch);
std::string encode_batch_list(const std::vector<Batch>& batches, bool more);
std::string encode_kept_batch(const Batch& batch);
Result<Batch> decode_kept_batch(std::string_view json);

}  // namespace entente::wire
