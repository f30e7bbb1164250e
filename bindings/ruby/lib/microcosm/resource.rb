# frozen_string_literal: true

module Microcosm
  # What can be done with the things of one kind, such as session.conversations: conversation_create(...) is
  # session.conversations.create(...).
  #
  # A class below Microcosm::Resources is made for each thing that operations are about, by these rules:
  #
  #     <thing>_<verb>     session.<things>.<verb>(); the thing is the longest beginning that a type of record is
  #                        called by, in the singular or plural, else the first word
  #     <verb>_save        <verb>
  #     x_id               the parameter x, which takes the id or the record
  #     list               a List; the resource is Enumerable
  #     get                also session.<things>[id]
  #     get, if the record has pages of others: session.<things>.comments(id) is a List of them
  #     next, by a cursor  since(cursor) gives Changes; the resource is Enumerable
  #
  # so a function that the headers gain is there without a line here.
  class Resource
    # The method that returns a List instead of a record, of a page in that.
    class Lister
      def initialize(operation, page_of)
        @operation = operation
        @page_of = page_of
      end

      def call(handle, values, *)
        List.new(values[:limit] || 25, values[:offset] || 0) do |limit, offset|
          @page_of.call(@operation.call(handle, { **values, limit: limit, offset: offset }))
        end
      end
    end
    private_constant :Lister

    class << self
      # conversation becomes conversations, reply replies; permissions stays.
      def plural(thing)
        case thing
        when /s\z/ then thing
        when /[^aeiou]y\z/ then "#{thing.delete_suffix("y")}ies"
        when /(x|ch|sh)\z/ then "#{thing}es"
        else "#{thing}s"
        end
      end

      # Resource and verb of an operation.
      def split(name)
        words = name.to_s.split("_")
        count = (words.size - 1).downto(1).find { |n| THINGS.key?(plural(words.first(n).join("_"))) } || 1
        [plural(words.first(count).join("_")), Operation.verb_of(words.drop(count).join("_"))]
      end

      # Operations by resource and verb.
      def grouped
        @grouped ||= Operation.all.each_with_object({}) do |operation, found|
          resource, verb = split(operation.name)
          verbs = found[resource] ||= {}
          raise LoadError, "#{resource}.#{verb} has two meanings" if verbs.key?(verb)

          verbs[verb] = operation
        end
      end

      # The class for a resource.
      def make(resource, operations)
        made = Class.new(self)
        operations.each { |verb, operation| made.send(:add, resource, verb, operation) }
        made.send(:enumerate_by, :list) if operations["list"]&.parameters&.none?(&:required?)
        get = operations["get"]
        made.send(:index_by_get) if get&.parameters&.one?(&:required?)
        made
      end

      # Names of the methods, without those of every resource; what a method that lists gives.
      def verbs
        public_instance_methods(false).sort - [:each]
      end

      # Method -> [operation, the class of a list's items if it returns a list of them].
      def operations
        @operations ||= {}
      end

      # What the parameters of an operation are called here.
      def names_of(operation)
        taken = operation.parameters.map(&:name)
        operation.parameters.map(&:name).grep(/_id\z/).to_h { |name| [name, name.to_s.delete_suffix("_id").to_sym] }
                 .reject { |_, name| taken.include?(name) }
      end

      private

      def add(resource, verb, operation)
        if operation.record == "collection"
          name = verb == "list" ? verb : verb.delete_suffix("_list")
          define(name, operation, Lister.new(operation, method(:only_page)),
                 Record.class_named(THINGS[name == "list" ? resource : name]) || Record)
        else
          define(verb, operation)
        end
        add_pages(operation) if verb == "get" && operation.takes_page?
        add_since(verb, operation) if feed?(operation)
      end

      def define(verb, operation, run = operation, item = nil)
        raise LoadError, "#{verb} of #{operation.name} has two meanings" if operations.key?(verb.to_sym)

        operations[verb.to_sym] = [operation, item]
        operation.define_on(self, verb, handle: "@handle", names: names_of(operation), run: run)
      end

      def add_pages(operation)
        Record.class_named(operation.record).pages.each do |field|
          item = Record.class_named(field == :items ? "entry" : field.to_s.delete_suffix("s"))
          define(field, operation, Lister.new(operation, ->(record) { record.public_send(field) }), item)
        end
      end

      # A collection has one page of one kind of thing.
      def only_page(collection)
        collection.class.pages.filter_map { |field| collection.public_send(field) }.first
      end

      # Whether it is asked again and again, by a cursor.
      def feed?(operation)
        return false unless operation.parameters.any? { |parameter| parameter.name == :cursor }

        (%i[cursor more] - (Record.class_named(operation.record)&.fields&.map(&:name) || [])).empty?
      end

      def add_since(verb, _operation)
        define_method(:since) do |cursor = nil, limit: nil|
          ::Microcosm::Changes.new(cursor, limit) { |from, count| public_send(verb, cursor: from, limit: count) }
        end
        enumerate_by(:since)
      end

      def enumerate_by(method)
        include Enumerable
        define_method(:each) do |&block|
          list = public_send(method)
          block ? list.each(&block) && self : list.each
        end
      end

      def index_by_get
        define_method(:[]) { |identity| get(identity) }
      end
    end

    # See Session.
    def initialize(session, handle)
      @session = session # which must last as long
      @handle = handle
    end
    private_class_method :new

    def inspect
      "#<#{self.class} of #{@session.inspect}>"
    end

    # Resource -> the type of record that it is about.
    THINGS = Record.subclasses.to_h { |record| [plural(record.type_name), record.type_name] }.freeze
    private_constant :THINGS
  end

  # The classes of session.conversations, session.comments and all others.
  module Resources
    Resource.grouped.each do |name, operations|
      const_set(name.split("_").map(&:capitalize).join, Resource.make(name, operations))
    end
  end
end
