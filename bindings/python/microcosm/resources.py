"""The classes of session.conversations, session.comments and all others, for annotations."""

from ._resources import RESOURCES, Resource, class_of_resource

globals().update({class_of_resource(name): resource for name, resource in RESOURCES.items()})

__all__ = ["Resource", *(class_of_resource(name) for name in RESOURCES)]
