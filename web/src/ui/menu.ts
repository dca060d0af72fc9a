import type { Component } from 'vue'

/** One line of a menu. */
export interface MenuItem {
  kind?: 'item' | 'line' | 'head'
  label?: string
  icon?: Component
  keys?: string
  danger?: boolean
  disabled?: boolean
  checked?: boolean
  run?: () => void
}
