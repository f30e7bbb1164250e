# frozen_string_literal: true

module Microcosm
  # The classes of records, made from the library's tables.
  class Record
    types = load
    BY_TYPE = types.to_h { |type, record| [type.address, record] }.freeze
    BY_NAME = types.to_h { |type, record| [Native.mc_type_name(type), record] }.freeze
    private_constant :BY_TYPE, :BY_NAME
  end

  # What a record that is a list of others has in common with an Array: a Page, and all whose type ends in _list.
  module Sequence
    include Enumerable

    def each(&block)
      return to_enum(:each) { size } unless block

      items_here.each(&block)
      self
    end

    def [](*where)
      items_here[*where]
    end

    def size
      items_here.size
    end
    alias length size

    def empty?
      items_here.empty?
    end

    def last(*count)
      items_here.last(*count)
    end

    private

    def items_here
      public_send(self.class.items_field)
    end
  end

  # Enumerable has a to_h of its own.
  Record.subclasses.select(&:items_field).each do |record|
    record.include(Sequence)
    record.define_method(:to_h) { Record.instance_method(:to_h).bind_call(self) }
  end
end
