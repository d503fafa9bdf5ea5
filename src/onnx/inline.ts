import type { AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto } from './gen/onnx_pb.ts';
import { attributeOf, makeNode, shallow, withBodies } from './graph.ts';
import { freshName, type Names, namesOf } from './names.ts';
import { renamedNode } from './rename.ts';

/** Calls nest no deeper in what exporters write; a bound for files in which functions call each other. */
const MAX_DEPTH = 64;

/**
 * The model with the calls of its own functions replaced by their nodes where `isWanted` says so of an operator in one
 * of them: a chip multiplies with integers inside of a function as well. Other functions stay operators. What a function
 * makes inside is named by the call and by its own name, `call/inner`.
 */
export function withInlinedFunctions(model: ModelProto, isWanted: (node: NodeProto) => boolean): ModelProto {
  const functions = new Map(
    model.functions.map((each) => [keyOf(each.domain, each.name, each.overload), each]),
  );
  const called = (node: NodeProto) => functions.get(keyOf(node.domain, node.opType, node.overload));
  const holds = (each: FunctionProto, depth: number): boolean =>
    depth < MAX_DEPTH &&
    each.node.some((node) => {
      const inner = called(node);
      return inner === undefined ? isWanted(node) : holds(inner, depth + 1);
    });
  const wanted = new Set(model.functions.filter((each) => usesVersionsOf(model, each) && holds(each, 0)));
  if (wanted.size === 0) return model;
  const names = namesOf(model.graph!);
  const expanded = (node: NodeProto, depth: number): NodeProto[] => {
    const body = called(node);
    if (body === undefined || !wanted.has(body) || depth >= MAX_DEPTH) return [node];
    return bodyOf(node, body, names).flatMap((inner) => expanded(inner, depth + 1));
  };
  const graph = shallow(model.graph!, { node: model.graph!.node.flatMap((node) => expanded(node, 0)) });
  return shallow(model, { graph, functions: model.functions.filter((each) => !wanted.has(each)) });
}

/**
 * The nodes of one branch of an `If` whose condition is known, as nodes of the graph around it; its initializers go
 * into `graph`.
 */
export function inlinedBranch(
  node: NodeProto,
  branch: GraphProto,
  graph: GraphProto,
  names: Names,
): NodeProto[] {
  const outside = new Map(branch.output.map((output, i) => [output.name, node.output[i]]));
  const made = new Set(branch.node.flatMap(({ output }) => output));
  const inner = new Map<string, string>();
  for (const { name } of branch.initializer)
    inner.set(name, freshName(names.tensors, `${labelOf(node)}/${name}`));
  for (const name of made)
    if (name !== '')
      inner.set(name, outside.get(name) ?? freshName(names.tensors, `${labelOf(node)}/${name}`));
  graph.initializer.push(...branch.initializer.map((t) => shallow(t, { name: inner.get(t.name)! })));
  const rename = (name: string) => inner.get(name) ?? name;
  const nodes = branch.node.map((each) => withFreshNodeName(renamedNode(each, rename), labelOf(node), names));
  // What a branch passes on from around it, or gives out twice, needs a node that makes it.
  const passed = branch.output.flatMap(({ name }, i) =>
    made.has(name) && outside.get(name) === node.output[i]
      ? []
      : [identity(rename(name), node.output[i], names)],
  );
  return [...nodes, ...passed];
}

function identity(from: string, to: string, names: Names): NodeProto {
  return makeNamed('Identity', [from], [to], names);
}

function bodyOf(call: NodeProto, body: FunctionProto, names: Names): NodeProto[] {
  const label = labelOf(call);
  const renames = new Map<string, string>([['', '']]);
  body.input.forEach((name, i) => {
    renames.set(name, call.input[i] ?? '');
  });
  const passed: NodeProto[] = [];
  body.output.forEach((name, i) => {
    const outside = call.output[i] ?? '';
    if (outside === '') return;
    if (renames.has(name)) passed.push(identity(renames.get(name)!, outside, names));
    else renames.set(name, outside);
  });
  const rename = (name: string) => {
    const known = renames.get(name);
    if (known !== undefined) return known;
    const fresh = freshName(names.tensors, `${label}/${name}`);
    renames.set(name, fresh);
    return fresh;
  };
  const nodes = body.node.map((node) => {
    const attribute = node.attribute.flatMap((a) => givenAttribute(a, call, body));
    return withFreshNodeName(renamedNode(withAttributes(node, attribute, call, body), rename), label, names);
  });
  return [...nodes, ...passed];
}

/** Attributes of nodes in bodies may refer to those of the call as well. */
function withAttributes(
  node: NodeProto,
  attribute: AttributeProto[],
  call: NodeProto,
  body: FunctionProto,
): NodeProto {
  const inBody = (graph: GraphProto): GraphProto =>
    shallow(graph, {
      node: graph.node.map((inner) =>
        withAttributes(
          inner,
          inner.attribute.flatMap((a) => givenAttribute(a, call, body)),
          call,
          body,
        ),
      ),
    });
  return shallow(node, { attribute: withBodies(attribute, inBody) });
}

/** An attribute that refers to one of the function takes the value of the call, or the function's default, or goes. */
function givenAttribute(attribute: AttributeProto, call: NodeProto, body: FunctionProto): AttributeProto[] {
  const { refAttrName } = attribute;
  if (refAttrName === '') return [attribute];
  const given = attributeOf(call, refAttrName) ?? body.attributeProto.find((a) => a.name === refAttrName);
  return given === undefined ? [] : [shallow(given, { name: attribute.name })];
}

/** A function may be written in other versions of operator sets than the model, whose nodes would change their meaning. */
function usesVersionsOf(model: ModelProto, { opsetImport }: FunctionProto): boolean {
  const plain = (domain: string) => (domain === 'ai.onnx' ? '' : domain);
  const versions = new Map(model.opsetImport.map((o) => [plain(o.domain), o.version]));
  return opsetImport.every((o) => (versions.get(plain(o.domain)) ?? o.version) === o.version);
}

function keyOf(domain: string, name: string, overload: string): string {
  return JSON.stringify([domain, name, overload]);
}

function labelOf(node: NodeProto): string {
  return node.name || (node.output.find((name) => name !== '') ?? node.opType);
}

function withFreshNodeName(node: NodeProto, label: string, { nodes }: Names): NodeProto {
  return node.name === '' ? node : shallow(node, { name: freshName(nodes, `${label}/${node.name}`) });
}

function makeNamed(opType: string, input: string[], output: string[], { nodes }: Names): NodeProto {
  const node = makeNode(opType, input, output);
  node.name = freshName(nodes, node.name);
  return node;
}
