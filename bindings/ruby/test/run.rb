#!/usr/bin/env ruby
# frozen_string_literal: true

# All tests of the binding, or those named: run.rb records errors

require_relative "helper"

names = ARGV.take_while { |argument| !argument.start_with?("-") }
ARGV.shift(names.size)
names = Dir[File.join(__dir__, "test_*.rb")].map { |path| File.basename(path, ".rb").delete_prefix("test_") } if names.empty?
names.sort.each { |name| require_relative "test_#{name}" }
Minitest.autorun
