# frozen_string_literal: true

require_relative "lib/microcosm/declarations"

Gem::Specification.new do |spec|
  spec.name = "microcosm"
  spec.version = Microcosm::Declarations::VERSION
  spec.summary = "A forum as a library, over PostgreSQL"
  spec.description = "Sites, conversations, comments, people and what they may do, inside your own program: " \
                     "the Ruby binding of libmicrocosm, through the ffi gem; nothing is compiled."
  spec.authors = ["The Microcosm authors"]
  spec.license = "MIT"
  spec.required_ruby_version = ">= 3.1"
  spec.requirements = ["libmicrocosm #{Microcosm::Declarations::VERSION}"]
  spec.add_runtime_dependency "ffi", "~> 1.15"
  spec.files = Dir.chdir(__dir__) { Dir["lib/**/*.rb", "sig/*.rbs", "README.md", "LICENSE"] }
  spec.extra_rdoc_files = ["README.md", "LICENSE"]
  spec.rdoc_options = ["--main", "README.md"]
  spec.metadata["rubygems_mfa_required"] = "true"
end
