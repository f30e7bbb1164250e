# frozen_string_literal: true

# sig/*.rbs tell of what is there, and of all of it.
class SignaturesTest < Minitest::Test
  FOLDER = File.expand_path("..", __dir__)

  def test_are_up_to_date
    output, status = Open3.capture2e(RbConfig.ruby, File.join(FOLDER, "generate_rbs.rb"), "--check")

    assert status.success?, output
  end

  # What is C's alone has no place in them.
  def test_speak_ruby
    comments = File.readlines(File.join(FOLDER, "sig/generated.rbs")).grep(/^\s*#/).drop(1)

    assert_operator comments.size, :>, 300
    assert_empty comments.grep(%r{\bmc_|\bMC_|\bNULL\b|\bout\b(?! of)|_t\b|const |struct|@param|@return|sizeof|docs/http})
    assert_includes comments.join, "# Raises Forbidden, NotFound, InvalidInput (page), TooLarge (for the buffer)."
  end

  def test_are_valid_and_name_every_public_method
    require "rbs"
    loader = RBS::EnvironmentLoader.new
    loader.add(library: "logger")
    loader.add(path: Pathname(FOLDER) + "sig")
    builder = RBS::DefinitionBuilder.new(env: RBS::Environment.from_loader(loader).resolve_type_names)

    [Microcosm::App, Microcosm::Session, Microcosm::List, Microcosm::Changes, Microcosm::Connection, Microcosm::Identity,
     Microcosm::Record, *Microcosm::Record.subclasses, Microcosm::Error, *Microcosm::Error.subclasses, Microcosm::Resource,
     *Microcosm::Resource.subclasses.select(&:name)].each do |type|
      *path, last = type.name.split("::").map(&:to_sym)
      name = RBS::TypeName.new(name: last, namespace: RBS::Namespace.new(path: path, absolute: true))

      assert_empty type.public_instance_methods(false) - builder.build_instance(name).methods.keys, type.name
    end
  rescue LoadError
    skip "no rbs"
  end
end
