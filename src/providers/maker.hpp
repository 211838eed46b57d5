// Maker: how one maker's API is spoken to, apart from sockets: which work it takes, what the request looks like, how
// its answer is read, what its failures mean. One subclass and one file each (openai.cpp, anthropic.cpp, …), one line
// in all.cpp; RemoteProvider does the rest for all of them. A Maker has no state: any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "domain/deployment.hpp"
#include "domain/work.hpp"
#include "net/upstream.hpp"
#include "providers/abilities.hpp"
#include "providers/options.hpp"
#include "wire/reply.hpp"

namespace entente::providers {

struct Calling {
  const Deployment& deployment;
  const Work& work;
  const std::string& key;         // the secret chosen for this attempt; empty: the provider needs none
  const net::Upstream& upstream;  // for signatures over host and path
};

class Maker {
 public:
  explicit Maker(Abilities abilities) : abilities_(abilities) {}
  virtual ~Maker() = default;

  // unsupported when this maker cannot do the work as it is asked: it is beyond its abilities. Nothing has been sent
  // then.
  Result<> can_take(const Work& work) const;
  virtual Result<net::UpstreamRequest> request(const Calling& calling) const = 0;
  virtual std::unique_ptr<wire::ReplyDecoder> decoder(const Work& work) const = 0;
  // The media type of an answer that the decoder reads, and is asked for.
  virtual std::string_view reply_type(const Work& work) const {
    bool whole = std::holds_alternative<Embed>(work) || std::holds_alternative<CountTokens>(work);
    return whole ? "application/json" : "text/event-stream";
  }
  // Whether the decoder reads an answer of this type, which came; in lower case, without parameters.
  virtual bool reads(const Work& work, std::string_view type) const { return type == reply_type(work); }
  virtual Error failure(unsigned status, const net::Headers& headers, std::string_view body) const;

 private:
  const Abilities abilities_;
};

// For every maker: what a failure's headers say about coming back.
std::optional<std::chrono::milliseconds> retry_after(const net::Headers& headers);

}  // namespace entente::providers
