# frozen_string_literal: true

require "tmpdir"

# The gem builds, installs with no network, and works from there.
class GemTest < Minitest::Test
  SOURCE = File.expand_path("..", __dir__)

  def run!(*command, env: {}, chdir: SOURCE)
    output, status = Open3.capture2e(PLAIN.merge(env), *command, chdir: chdir)
    assert status.success?, "#{command.join(" ")}: #{output}"
    output
  end

  def test_builds_installs_and_works
    Dir.mktmpdir do |folder|
      file = File.join(folder, "microcosm.gem")
      run!(RbConfig.ruby, "-S", "gem", "build", "microcosm.gemspec", "--output", file)
      run!(RbConfig.ruby, "-S", "gem", "install", "--local", "--no-document", file, env: { "GEM_HOME" => folder, "GEM_PATH" => Gem.path.join(":") })
      env = { "GEM_PATH" => [folder, *Gem.path].join(":"), "LD_PRELOAD" => ENV["LD_PRELOAD"], "RUBYLIB" => nil }
      output = run!(RbConfig.ruby, "-r", "microcosm", "-e", 'puts $".grep(/microcosm.rb/), Microcosm.render("*x*")', env: env, chdir: folder)

      assert_includes output, "#{folder}/gems/microcosm-#{Microcosm::VERSION}/lib/microcosm.rb"
      assert_includes output, "<p><em>x</em></p>"
    end
  end
end
