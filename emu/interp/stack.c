// PUSH, POP and what is built of them. ESP is committed after the last access.
#include "emu/interp/stack.h"
#include "emu/interp/handler.h"

// PUSH Sreg with 32-bit operand size may store two or four bytes (SDM vol. 2, PUSH): four,
// zero-extended, as Zen does. POP Sreg reads as many.
enum outcome interp_op_push(struct cpu *cpu, const struct insn *insn)
{
    unsigned size = insn->op_size;
    stack_push(cpu, size, opnd_read(cpu, insn, 0));
    return DONE;
}

enum outcome interp_op_pop(struct cpu *cpu, const struct insn *insn)
{
    unsigned size = insn->op_size;
    uint32_t esp = cpu->gpr[REG_ESP], after = stack_add(cpu, esp, size);
    const struct operand *o = &insn->opnd[0];
    if (o->kind == OPND_REG) {
        uint32_t v = stack_peek(cpu, esp, size);
        cpu->gpr[REG_ESP] = after;
        reg_write(cpu, o->reg, size, v); // after ESP: POP ESP ends with the popped value
    } else if (o->kind == OPND_SREG) {
        uint16_t selector = (uint16_t)stack_peek(cpu, esp, size);
        cpu_load_segment(cpu, (enum cpu_seg)o->reg, selector);
        cpu->gpr[REG_ESP] = after;
        if (o->reg == SEG_SS)
            cpu->shadow = cpu->shadow_ss = true;
    } else {
        uint32_t v = stack_peek(cpu, esp, size);
        uint32_t offset = mem_offset(cpu, insn);
        if (insn->mem.base == REG_ESP && insn->addr_size == 4)
            offset += after - esp; // the address is computed after the increment (SDM vol. 2, POP)
        seg_store(cpu, insn->mem.seg, offset, size, v);
        cpu->gpr[REG_ESP] = after;
    }
    return DONE;
}

enum outcome interp_op_pusha(struct cpu *cpu, const struct insn *insn)
{
    unsigned size = insn->op_size;
    uint32_t esp = cpu->gpr[REG_ESP];
    for (unsigned i = 1; i <= REG_COUNT; i++)
        stack_probe(cpu, stack_add(cpu, esp, 0u - size * i), size);
    for (unsigned i = 0; i < REG_COUNT;
         i++) // gpr[REG_ESP] is still the old one, which is what is pushed
        esp = stack_push_at(cpu, esp, size, cpu->gpr[i]);
    cpu->gpr[REG_ESP] = esp;
    return DONE;
}

enum outcome interp_op_popa(struct cpu *cpu, const struct insn *insn)
{
    unsigned size = insn->op_size;
    uint32_t esp = cpu->gpr[REG_ESP], v[REG_COUNT];
    for (unsigned i = REG_COUNT; i-- > 0;) {
        v[i] = stack_peek(cpu, esp, size); // ESP's slot, too: Zen reads it
        esp = stack_add(cpu, esp, size);
    }
    for (unsigned i = 0; i < REG_COUNT; i++)
        if (i != REG_ESP)
            reg_write(cpu, i, size, v[i]);
    cpu->gpr[REG_ESP] = esp;
    return DONE;
}

enum outcome interp_op_pushf(struct cpu *cpu, const struct insn *insn)
{
    stack_push(cpu, insn->op_size, cpu_flags_image(cpu, insn->op_size));
    return DONE;
}

enum outcome interp_op_popf(struct cpu *cpu, const struct insn *insn)
{
    cpu_check_flags_image(cpu, 0, insn->op_size); // may it run here at all?
    uint32_t v = stack_peek(cpu, cpu->gpr[REG_ESP], insn->op_size);
    cpu_check_flags_image(cpu, v, insn->op_size);
    cpu->gpr[REG_ESP] = stack_add(cpu, cpu->gpr[REG_ESP], insn->op_size);
    cpu_write_flags(cpu, v, insn->op_size, false);
    return DONE;
}

enum outcome interp_op_enter(struct cpu *cpu, const struct insn *insn)
{
    unsigned size = insn->op_size, level = insn->imm2 & 31;
    uint32_t mask = cpu_stack_mask(cpu), ebp = cpu->gpr[REG_EBP];
    uint32_t esp = stack_push_at(cpu, cpu->gpr[REG_ESP], size, ebp);
    uint32_t frame = esp;
    for (unsigned i = 1; i < level; i++) {
        uint32_t from = stack_add(cpu, ebp, 0u - size * i);
        uint32_t link = seg_load(cpu, SEG_SS, from & mask, size);
        esp = stack_push_at(cpu, esp, size, link);
    }
    if (level)
        esp = stack_push_at(cpu, esp, size, frame);
    esp = stack_add(cpu, esp, 0u - (insn->imm & 0xffff));
    stack_probe(cpu, esp, size); // ENTER checks that the new top can be written (SDM vol. 2)
    reg_write(cpu, REG_EBP, size, frame); // by the operand size, whatever the stack's is, as Zen
    cpu->gpr[REG_ESP] = esp;
    return DONE;
}

enum outcome interp_op_leave(struct cpu *cpu, const struct insn *insn)
{
    uint32_t mask = cpu_stack_mask(cpu);
    uint32_t esp = (cpu->gpr[REG_ESP] & ~mask) | (cpu->gpr[REG_EBP] & mask);
    uint32_t v = stack_peek(cpu, esp, insn->op_size);
    cpu->gpr[REG_ESP] = stack_add(cpu, esp, insn->op_size);
    reg_write(cpu, REG_EBP, insn->op_size, v);
    return DONE;
}
