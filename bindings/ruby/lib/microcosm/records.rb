# frozen_string_literal: true

module Microcosm
  # The classes of records, made from the library's tables.
  class Record
    types = load
    BY_TYPE = types.to_h { |type, record| [type.address, record] }.freeze
    BY_NAME = types.to_h { |type, record| [Native.mc_type_name(type), record] }.freeze
    private_constant :BY_TYPE, :BY_NAME
  end

  # A page of a list: walk through its items.
  class Page
    include Enumerable

    def each(&block)
      return to_enum(:each) { items.size } unless block

      items.each(&block)
      self
    end

    def to_h
      Record.instance_method(:to_h).bind_call(self)
    end
  end
end
