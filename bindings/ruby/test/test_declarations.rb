# frozen_string_literal: true

require "tempfile"

# Nothing of the C side is copied by hand: what was generated fits the headers, the compiler and the
# library.
class DeclarationsTest < Minitest::Test
  ROOT = File.expand_path("../../..", __dir__)
  DECLARATIONS = Microcosm.const_get(:Declarations)
  LAYOUT = Microcosm.const_get(:Layout)

  def test_are_up_to_date
    output, status = Open3.capture2e(RbConfig.ruby, File.join(ROOT, "bindings/ruby/generate.rb"), "--check")

    assert status.success?, output
  end

  def test_are_all_that_the_library_exports
    exported = Open3.capture2(PLAIN, "nm", "-D", "--defined-only", "--format=posix", File.realpath(ENV.fetch("MICROCOSM_LIBRARY")))
                    .first.lines.map { |line| line[/\A\w+/] }.grep(/\Amc_/)

    assert_equal exported.sort, DECLARATIONS::FUNCTIONS.keys.sort
  end

  # What Ruby has its own way for.
  NOT_NEEDED = %w[mc_app_options_init mc_render_options_init mc_session_act_as_email mc_build_date mc_error_find
                  mc_type_size mc_record_get mc_buffer_append mc_item_type_name mc_item_type_find
                  mc_budget_new mc_budget_free mc_budget_left mc_buffer_new_within mc_buffer_shrink].freeze

  def test_every_function_is_in_use
    sources = Dir[File.join(ROOT, "bindings/ruby/lib/**/*.rb")].reject { |path| path.end_with?("declarations.rb") }
    used = sources.flat_map { |path| File.read(path).scan(/\bmc_\w+/) }
    operations = Microcosm.const_get(:Operation).all.map { |operation| operation.function.to_s }

    assert_equal NOT_NEEDED.sort, (DECLARATIONS::FUNCTIONS.keys - operations - used).sort
  end

  # Sizes, offsets and enums as the C compiler has them.
  def test_layouts_are_those_of_the_compiler
    skip "no C compiler" unless system(PLAIN, "cc", "--version", out: File::NULL, err: File::NULL)
    output, status = Open3.capture2e(PLAIN, "cc", "-std=c11", "-fsyntax-only", "-I", File.join(ROOT, "include"), "-x", "c", "-",
                                     stdin_data: claims.join("\n"))

    assert status.success?, output
    assert_operator claims.size, :>, 150
  end

  def claims
    enums = DECLARATIONS::ENUMS.values.flat_map { |values| values.map { |name, value| "#{name} == #{value}" } }
    constants = DECLARATIONS::CONSTANTS.map { |name, value| "#{name} == #{value == -(2**63) ? "(-9223372036854775807LL - 1)" : value}" }
    structs = DECLARATIONS::STRUCTS.keys.flat_map { |name| struct_claims(name) }
    includes = ["#include <stddef.h>", "#include <microcosm.h>"]
    includes + (enums + constants + structs).map { |claim| "_Static_assert(#{claim}, \"#{claim.delete('"')}\");" }
  end

  def struct_claims(name)
    layout = LAYOUT.of(name)
    ["sizeof(#{name}) == #{layout.size}"] +
      layout.members.map { |member, (_, offset)| "offsetof(#{name}, #{member}) == #{offset}" }
  end

  # The library's tables and the headers tell of the same members.
  def test_inputs_have_the_fields_of_the_tables
    native = Microcosm.const_get(:Native)
    types = Array.new(native.mc_type_count) { |i| native.mc_type_at(i) }.select { |type| native.mc_type_is_input(type) }
    types.each do |type|
      input = Microcosm.const_get(:Input).of("mc_#{native.mc_type_name(type)}")

      assert_equal native.mc_type_size(type), LAYOUT.of(input.name).size
      assert_equal field_names(native, type), input.keys
    end
    assert_operator types.size, :>, 5
  end

  def field_names(native, type)
    Array.new(native.mc_type_field_count(type)) do |i|
      info = LAYOUT.struct("mc_field_info").new
      native.mc_type_field(info, type, i)
      info[:name].read_string.to_sym
    end
  end

  def test_a_library_of_another_version_is_refused
    Tempfile.create(["microcosm", ".c"]) do |source|
      library = "#{source.path}.so"
      source.write(DECLARATIONS::FUNCTIONS.keys.map { |name| "const char *#{name}(void) { return \"9.9.9\"; }" }.join("\n"))
      source.close
      skip "no C compiler" unless system(PLAIN, "cc", "-shared", "-fPIC", "-fno-builtin", "-o", library, source.path)
      output, status = Open3.capture2e({ "MICROCOSM_LIBRARY" => library }, RbConfig.ruby, "-I", $LOAD_PATH.first, "-r", "microcosm", "-e", "")

      refute status.success?
      assert_match(/is for libmicrocosm .*, not 9\.9\.9/, output)
    ensure
      File.delete(library) if File.exist?(library)
    end
  end
end
