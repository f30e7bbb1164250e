# frozen_string_literal: true

# sig/*.rbs tell of what is there, and of all of it.
class SignaturesTest < Minitest::Test
  FOLDER = File.expand_path("..", __dir__)

  def test_are_up_to_date
    output, status = Open3.capture2e(RbConfig.ruby, File.join(FOLDER, "generate_rbs.rb"), "--check")

    assert status.success?, output
  end

  def test_are_valid_and_name_every_public_method
    require "rbs"
    loader = RBS::EnvironmentLoader.new
    loader.add(library: "logger")
    loader.add(path: Pathname(FOLDER) + "sig")
    builder = RBS::DefinitionBuilder.new(env: RBS::Environment.from_loader(loader).resolve_type_names)

    [Microcosm::App, Microcosm::Session, Microcosm::List, Microcosm::Changes, Microcosm::Connection, Microcosm::Identity,
     Microcosm::Record, *Microcosm::Record.subclasses, Microcosm::Error, *Microcosm::Error.subclasses].each do |type|
      name = RBS::TypeName.new(name: type.name.split("::").last.to_sym, namespace: RBS::Namespace.new(path: [:Microcosm], absolute: true))

      assert_empty type.public_instance_methods(false) - builder.build_instance(name).methods.keys, type.name
    end
  rescue LoadError
    skip "no rbs"
  end
end
