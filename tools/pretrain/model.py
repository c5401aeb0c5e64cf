"""Llama in plain PyTorch, parameters named as in transformers' LlamaForCausalLM, so that a state dict is a checkpoint."""

import math
from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True)
class Shape:
    vocab_size: int
    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int
    head_dim: int = 64
    max_position_embeddings: int = 2048
    rope_theta: float = 10000.0
    rms_norm_eps: float = 1e-5

    def config(self) -> dict:
        """config.json of the exported model."""
        return {
            "architectures": ["LlamaForCausalLM"],
            "model_type": "llama",
            **asdict(self),
            "attention_bias": False,
            "attention_dropout": 0.0,
            "mlp_bias": False,
            "hidden_act": "silu",
            "initializer_range": 0.02,
            "tie_word_embeddings": True,
            "bos_token_id": None,
            "eos_token_id": 0,
            "pad_token_id": 0,
            "torch_dtype": "float16",
            "use_cache": True,
        }


class Norm(nn.Module):
    def __init__(self, size: int, eps: float):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * self.weight


class Attention(nn.Module):
    def __init__(self, s: Shape):
        super().__init__()
        self.s = s
        self.q_proj = nn.Linear(s.hidden_size, s.num_attention_heads * s.head_dim, bias=False)
        self.k_proj = nn.Linear(s.hidden_size, s.num_key_value_heads * s.head_dim, bias=False)
        self.v_proj = nn.Linear(s.hidden_size, s.num_key_value_heads * s.head_dim, bias=False)
        self.o_proj = nn.Linear(s.num_attention_heads * s.head_dim, s.hidden_size, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        b, t, _ = x.shape
        q = rotate(self.q_proj(x).view(b, t, -1, self.s.head_dim).transpose(1, 2), cos, sin)  # b, heads, t, 64
        k = rotate(self.k_proj(x).view(b, t, -1, self.s.head_dim).transpose(1, 2), cos, sin)  # b, kv heads, t, 64
        v = self.v_proj(x).view(b, t, -1, self.s.head_dim).transpose(1, 2)
        y = attend(q, k, v)
        return self.o_proj(y.transpose(1, 2).reshape(b, t, -1))


class Mlp(nn.Module):
    def __init__(self, s: Shape):
        super().__init__()
        self.gate_proj = nn.Linear(s.hidden_size, s.intermediate_size, bias=False)
        self.up_proj = nn.Linear(s.hidden_size, s.intermediate_size, bias=False)
        self.down_proj = nn.Linear(s.intermediate_size, s.hidden_size, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Layer(nn.Module):
    def __init__(self, s: Shape):
        super().__init__()
        self.self_attn = Attention(s)
        self.mlp = Mlp(s)
        self.input_layernorm = Norm(s.hidden_size, s.rms_norm_eps)
        self.post_attention_layernorm = Norm(s.hidden_size, s.rms_norm_eps)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        x = x + self.self_attn(self.input_layernorm(x), cos, sin)
        return x + self.mlp(self.post_attention_layernorm(x))


class Body(nn.Module):
    def __init__(self, s: Shape):
        super().__init__()
        self.embed_tokens = nn.Embedding(s.vocab_size, s.hidden_size)
        self.layers = nn.ModuleList(Layer(s) for _ in range(s.num_hidden_layers))
        self.norm = Norm(s.hidden_size, s.rms_norm_eps)


class Llama(nn.Module):
    def __init__(self, s: Shape):
        super().__init__()
        self.shape = s
        self.model = Body(s)
        inverse = s.rope_theta ** -(torch.arange(0, s.head_dim, 2).float() / s.head_dim)
        angle = torch.outer(torch.arange(s.max_position_embeddings).float(), inverse).repeat(1, 2)  # positions, 64
        self.register_buffer("cos", angle.cos(), persistent=False)
        self.register_buffer("sin", angle.sin(), persistent=False)
        for name, p in self.named_parameters():
            if p.dim() == 2:
                std = 0.02 if "embed" in name else 0.5 * s.hidden_size**-0.5
                if name.endswith(("o_proj.weight", "down_proj.weight")):  # what is added to the residual starts small
                    std = 0.02 / (2 * s.num_hidden_layers) ** 0.5
                nn.init.normal_(p, std=std)

    def hidden(self, ids: Tensor) -> Tensor:
        """ids (batch, t) -> normed hidden states (batch, t, hidden)."""
        t = ids.shape[1]
        x = self.model.embed_tokens(ids)
        for layer in self.model.layers:
            x = layer(x, self.cos[:t], self.sin[:t])
        return self.model.norm(x)

    def forward(self, ids: Tensor) -> Tensor:
        """ids (batch, t) -> logits (batch, t, vocabulary); the head is the embedding."""
        return F.linear(self.hidden(ids), self.model.embed_tokens.weight)


def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Causal attention of q (batch, heads, t, 64) over k and v (batch, kv heads, t, 64).

    On a CPU in blocks of queries, by matrix products: with PyTorch's own the layers take 1.25 times as long at 256 positions, 1.3 times at 1,024.
    """
    (batch, heads, t, size), kv_heads = q.shape, k.shape[1]
    groups = heads // kv_heads
    if q.is_cuda:
        return F.scaled_dot_product_attention(q, k.repeat_interleave(groups, 1), v.repeat_interleave(groups, 1), is_causal=True)
    q = q.reshape(batch * kv_heads, groups, t, size)
    k, v = k.reshape(batch * kv_heads, t, size), v.reshape(batch * kv_heads, t, size)
    block, parts = max(64, t // 8), []
    for start in range(0, t, block):
        end = min(start + block, t)
        scores = torch.bmm(q[:, :, start:end].flatten(1, 2), k[:, :end].mT).float().unflatten(1, (-1, end - start)) * size**-0.5
        later = torch.ones(end - start, end, dtype=torch.bool, device=q.device).triu(start + 1)
        shares = scores.masked_fill(later, -torch.inf).softmax(-1).flatten(1, 2)
        parts.append(torch.bmm(shares.to(v.dtype), v[:, :end]).unflatten(1, (-1, end - start)))
    return torch.cat(parts, 2).view(batch, heads, t, size)


def full_loss(x: Tensor, head: Tensor, targets: Tensor) -> Tensor:
    """Mean cross-entropy of targets (n) at hidden states x (n, hidden)."""
    return F.cross_entropy(F.linear(x, head).float(), targets)


def sampled_loss(x: Tensor, head: Tensor, targets: Tensor, candidates: int) -> Tensor:
    """The same over the batch's own targets and a random sample of the other ids, each sampled id standing for as many as were left out.

    Most of a small model's time is the head; this costs an eighth of it (importance sampling, Bengio & Senecal 2003).
    """
    own = torch.zeros(len(head), dtype=torch.bool, device=x.device).index_fill_(0, targets, True)
    others = (~own).nonzero()[:, 0]
    sampled = others[torch.randperm(len(others), device=x.device)[: max(candidates - int(own.sum()), candidates // 4)]]
    chosen = torch.cat([own.nonzero()[:, 0], sampled])
    weight = torch.zeros(len(chosen), device=x.device)
    weight[len(chosen) - len(sampled) :] = math.log(len(others) / len(sampled))
    place = torch.empty(len(head), dtype=torch.long, device=x.device).index_copy_(0, chosen, torch.arange(len(chosen), device=x.device))
    return weighted_loss(x, head[chosen], weight, place[targets])


@torch.compile(dynamic=False)
def weighted_loss(x: Tensor, rows: Tensor, weight: Tensor, targets: Tensor) -> Tensor:
    """Mean cross-entropy of targets (n) at hidden states x (n, hidden) over `rows` (chosen, hidden) of the head, `weight` added to each row's logit."""
    return F.cross_entropy(torch.addmm(weight, x, rows.T), targets)


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    a, b = x.chunk(2, -1)
    return x * cos + torch.cat((-b, a), -1) * sin
