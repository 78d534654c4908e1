"""What `kubectl kustomize` writes, for the part of Kustomize that k8s/ uses; whatever else stands there is refused.

So that the manifests are read where no kubectl is; where one is, a test compares the two.
"""

from __future__ import annotations

import copy
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import yaml

Thing = dict[str, Any]

_KNOWN = {
    "apiVersion", "kind", "namespace", "labels", "resources", "components", "configMapGenerator", "patches", "images",
    "replicas",
}  # fmt: skip
_WITHOUT_NAMESPACE = {"Namespace"}
#: field of a list → what its items are known by; every other list is replaced as a whole
_MERGED_BY = {"containers": "name", "volumes": "name", "env": "name", "volumeMounts": "mountPath"}


class NotSupported(Exception):
    """Something that this renderer does not know."""


def render(folder: Path) -> list[Thing]:
    """All objects of a kustomization, with final names."""
    things: list[Thing] = []
    _accumulate(folder, things, kind="Kustomization")
    names = {}
    for thing in things:
        if thing.pop("(generated)", False):
            names[thing["metadata"]["name"]] = _hashed(thing)
            thing["metadata"]["name"] = names[thing["metadata"]["name"]]
    _rename(things, names)
    return things


def _accumulate(folder: Path, things: list[Thing], *, kind: str) -> None:
    """Add what a kustomization holds to `things`; a component changes what is there already."""
    given = yaml.safe_load((folder / "kustomization.yaml").read_text("utf-8"))
    unknown = set(given) - _KNOWN
    if unknown or given["kind"] != kind:
        raise NotSupported(f"{folder}: {sorted(unknown) or given['kind']}")
    whole = kind == "Kustomization"
    own: list[Thing] = [] if whole else things
    for name in given.get("resources", []):
        path = (folder / name).resolve()
        if path.is_dir():
            _accumulate(path, own, kind="Kustomization")
        else:
            own += [thing for thing in yaml.safe_load_all(path.read_text("utf-8")) if thing]
    for name in given.get("components", []):
        _accumulate((folder / name).resolve(), own, kind="Component")
    for generator in given.get("configMapGenerator", []):
        _generate(generator, folder, own)
    for patch in given.get("patches", []):
        text = (folder / patch["path"]).read_text("utf-8") if "path" in patch else patch["patch"]
        _patch(own, patch["target"], yaml.safe_load(text))
    for wanted in given.get("replicas", []):
        for thing in own:
            if thing["kind"] in ("Deployment", "StatefulSet") and thing["metadata"]["name"] == wanted["name"]:
                thing["spec"]["replicas"] = wanted["count"]
    for thing in own:
        if "namespace" in given and thing["kind"] not in _WITHOUT_NAMESPACE:
            thing["metadata"]["namespace"] = given["namespace"]
        for label in given.get("labels", []):
            thing["metadata"].setdefault("labels", {}).update(label["pairs"])
        for image in given.get("images", []):
            for container in _containers(thing):
                name, _, _ = container["image"].partition(":")
                if name == image["name"]:
                    container["image"] = f"{image.get('newName', name)}:{image['newTag']}"
    if whole:
        things += own


def _generate(generator: Thing, folder: Path, things: list[Thing]) -> None:
    if set(generator) - {"name", "behavior", "literals", "files"}:
        raise NotSupported(str(generator))
    data = dict(line.split("=", 1) for line in generator.get("literals", []))
    data |= {Path(name).name: (folder / name).read_text("utf-8") for name in generator.get("files", [])}
    if generator.get("behavior") == "merge":
        (found,) = (t for t in things if t["kind"] == "ConfigMap" and t["metadata"]["name"] == generator["name"])
        found["data"] |= data
        return
    meta = {"name": generator["name"]}
    things.append({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data, "(generated)": True})


def _patch(things: list[Thing], target: Thing, patch: Any) -> None:
    if set(target) - {"kind", "name", "labelSelector"}:
        raise NotSupported(str(target))
    found = [thing for thing in things if _matches(thing, target)]
    if not found:
        raise NotSupported(f"{target} matches nothing")
    for thing in found:
        if isinstance(patch, list):
            for step in patch:
                _step(thing, step)
        elif patch.get("$patch") == "delete":
            things.remove(thing)
        else:
            thing["spec"] = _merged(thing["spec"], patch["spec"])


def _matches(thing: Thing, target: Thing) -> bool:
    label, _, value = target.get("labelSelector", "").partition("=")
    return (
        re.fullmatch(target.get("kind", ".*"), thing["kind"]) is not None
        and re.fullmatch(target.get("name", ".*"), thing["metadata"]["name"]) is not None
        and (not label or thing["metadata"].get("labels", {}).get(label) == value)
    )


def _step(thing: Thing, step: Thing) -> None:
    """One step of a JSON patch."""
    *way, last = step["path"].strip("/").split("/")
    place: Any = thing
    for part in way:
        place = place[int(part) if isinstance(place, list) else part]
    key: Any = int(last) if isinstance(place, list) else last
    if step["op"] == "remove":
        del place[key]
    elif step["op"] == "replace":
        assert place[key] is not None
        place[key] = step["value"]
    else:
        raise NotSupported(step["op"])


def _merged(base: Any, patch: Any, field: str = "") -> Any:
    """A strategic merge: maps are joined, null removes, lists whose items have a name are joined by it."""
    if isinstance(base, dict) and isinstance(patch, dict):
        joined = copy.deepcopy(base)
        for key, value in patch.items():
            if value is None:
                joined.pop(key, None)
            else:
                joined[key] = _merged(joined.get(key), value, key)
        return joined
    if isinstance(base, list) and isinstance(patch, list) and field in _MERGED_BY:
        known_by = _MERGED_BY[field]
        old = {item[known_by]: item for item in base}
        new = [_merged(old.get(item[known_by]), item) for item in patch]
        return new + [item for name, item in old.items() if name not in {item[known_by] for item in patch}]
    if isinstance(patch, dict):
        return {key: value for key, value in patch.items() if value is not None}
    return copy.deepcopy(patch)


def _containers(thing: Thing) -> list[Thing]:
    return list(pod(thing).get("containers", [])) if pod(thing) else []


def pod(thing: Thing) -> Thing:
    """The form of the pods that an object starts; empty when it starts none."""
    if thing["kind"] == "CronJob":
        return dict(thing["spec"]["jobTemplate"]["spec"]["template"]["spec"])
    if thing["kind"] in ("Deployment", "StatefulSet", "Job"):
        return dict(thing["spec"]["template"]["spec"])
    return {}


def _hashed(thing: Thing) -> str:
    """The name with what Kustomize makes of the content, so that pods are renewed with it."""
    name = thing["metadata"]["name"]
    # Without the name, which Kustomize leaves empty here.
    content = {"kind": "ConfigMap", "name": "", "data": thing["data"]}
    told = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    # Go's encoder writes these three for the sake of HTML.
    for character in "&<>":
        told = told.replace(character, f"\\u{ord(character):04x}")
    digest = hashlib.sha256(told.encode()).hexdigest()[:10]
    return f"{name}-{digest.translate(str.maketrans('013ae', 'ghkmt'))}"


def _rename(value: Any, names: dict[str, str]) -> None:
    """Wherever a generated object is referred to."""
    if isinstance(value, list):
        for item in value:
            _rename(item, names)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key in ("configMapRef", "configMap", "configMapKeyRef") and item.get("name") in names:
                item["name"] = names[item["name"]]
            else:
                _rename(item, names)
