// wire/multipart.hpp and wire/openai/batches.hpp: an upload's parts stay inside of it, a file of lines becomes lines or
// named mistakes, and what is written can be read again.
#include <set>

#include "base/encoding.hpp"
#include "fuzz.hpp"
#include "wire/json.hpp"
#include "wire/multipart.hpp"
#include "wire/openai/batches.hpp"
#include "wire/openai/files.hpp"

using namespace entente;
using namespace entente::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view body = fuzz::text_of(data, size);
  if (auto form = wire::parse_multipart("multipart/form-data; boundary=XX", body)) {
    for (const wire::FormPart& part : *form) {
      bool inside = part.content.empty() || (part.content.data() >= body.data() &&
                                             part.content.data() + part.content.size() <= body.data() + body.size());
      require(inside && !part.name.empty(), "parts have names and stay inside of the body");
    }
    (void)wire::read_upload(*form);
  } else {
    require_good_refusal(form.error());
  }
  wire::BatchLines lines = wire::read_batch_lines(body, "/v1/embeddings");
  require(!lines.lines.empty() || !lines.problems.empty(), "a file holds something, or it is said what is wrong");
  std::set<std::string_view> names;
  for (const wire::BatchLine& line : lines.lines) {
    require(names.insert(line.name).second, "no two lines have one name");
    require(wire::parse_json(line.body, 160).has_value(), "requests are JSON");
    require(wire::read_result(wire::batch_answer_line("i", line.name, 200, "r", "{}")).name == line.name,
            "a line of results is known again");
  }
  (void)wire::read_result(body);
  if (auto batch = wire::decode_kept_batch(body)) {
    auto again = wire::decode_kept_batch(wire::encode_kept_batch(*batch));
    require(again && wire::encode_kept_batch(*again) == wire::encode_kept_batch(*batch), "a batch is kept as it is");
  }
  if (auto request = wire::decode_batch_request(body); !request) require_good_refusal(request.error());
  return 0;
}
